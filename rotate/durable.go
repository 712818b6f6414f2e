package rotate

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
)

// unsynced is what a File knows of what is not on the disk yet. File.mu guards it.
type unsynced struct {
	lines  uint64 // written since the last sync
	dirty  bool   // there are bytes
	names  bool   // a name was given
	from   int64  // what is before it was there when the file was last synced
	syncs  uint64 // that were good
	failed error  // what the last one said: to sync again would say nil, and prove nothing
}

// durable reports whether Write syncs.
func (f *File) durable() bool { return f.opts.Durable }

// syncFile syncs the file at hand, and the directory after names have changed.
func (f *File) syncFile() error {
	u := &f.unsynced
	switch {
	case u.failed != nil:
		return u.failed
	case f.file == nil:
		return nil
	}
	if u.dirty {
		if err := f.syncHandle(f.file); err != nil {
			return f.noteFailed(err)
		}
	}
	if u.names {
		if err := f.sys.syncDir(filepath.Dir(f.path)); err != nil {
			return f.noteFailed(err)
		}
		u.names = false
	}
	u.lines, u.dirty, u.from = 0, false, f.state.Size
	u.syncs++
	return nil
}

func (f *File) syncHandle(h handle) error {
	if !f.regular {
		return nil // a pipe has nothing to sync
	}
	return h.SyncData()
}

func (f *File) noteFailed(err error) error {
	f.stats.SyncFailures++
	f.unsynced.failed = fmt.Errorf("rotate: %w", err)
	return f.unsynced.failed
}

// commit syncs what a Write, or many, have written. After an error what was written
// since the last good sync is not in the file: cut says whether it could be cut off.
// The system may have dropped it already, so it is not synced again.
func (f *File) commit() (cut bool, err error) {
	if !f.durable() || f.unsynced.clean() {
		return false, nil
	}
	if f.unsynced.failed == nil {
		f.leave() // others may write meanwhile, and sync together with us
	}
	if err = f.syncFile(); err == nil {
		return false, nil
	}
	u, id, size := f.unsynced, f.id, f.state.Size
	f.stats.Lines -= u.lines
	if f.enter() == nil && f.file != nil && f.id.same(id) && f.state.Size == size {
		cut = size == u.from || f.regular && f.cut(u.from)
		f.begins()
	}
	f.unsynced = unsynced{syncs: u.syncs, from: f.state.Size, names: u.names}
	f.renew()
	return cut, err
}

func (u *unsynced) clean() bool { return !u.dirty && !u.names && u.failed == nil }

// commitOne is commit for the only record that was written.
func (f *File) commitOne(p []byte) (n int, err error) {
	cut, err := f.commit()
	if err == nil {
		return len(p), nil
	}
	return f.uncommitted(p, 0, cut, err)
}

// uncommitted says of a record that was written what Write returns after commit has
// failed. If it can be held it comes before the last so many.
func (f *File) uncommitted(p []byte, before int, cut bool, err error) (int, error) {
	if !cut {
		f.stats.Refused++
		return len(p), err // to write it again would double it
	}
	kept, full := f.holdBefore(before, p, err)
	if kept {
		return len(p), nil
	}
	f.stats.Refused++
	return 0, errors.Join(full, err)
}

// settle syncs what a group has written, and lets its writers go.
func (f *File) settle(g *group) {
	cut, err := f.commit()
	kept := 0
	for _, w := range g.queue[:g.told] {
		if w.kept {
			kept++
		}
	}
	for i, w := range g.queue[:g.told] {
		if err != nil && w.err == nil && !w.kept && i >= g.safe {
			n, err := f.uncommitted(w.p, kept, cut, err)
			w.p, w.err = w.p[:n], err
		}
		w.letGo()
	}
	g.safe, g.last = 0, len(g.queue)
}

// gather lets those write who have just been told and are about to: a sync costs as
// much as a hundred times that.
func (f *File) gather() {
	if !f.durable() || f.group.last < 2 {
		return
	}
	const most = 256
	for range min(2*f.group.last, most) {
		runtime.Gosched()
		n := 1
		for w := f.mu.newest.Load(); w != nil && n < f.group.last; w = w.older {
			n++
		}
		if n == f.group.last {
			return
		}
	}
}

// commitBatch is commit for a WriteBatch that has come to b, of which what is before
// safe is on the disk. It returns how far the batch is done.
func (f *File) commitBatch(b *batch, all batch, safe, kept int) error {
	cut, err := f.commit()
	if err == nil {
		return nil
	}
	was := *b
	*b = all
	b.skip(safe)
	for written := b.left() - was.left() - kept; written > 0; written-- {
		end := b.end(0)
		if !cut {
			return err
		}
		ok, full := f.holdBefore(kept, b.p[b.start:end], err)
		if !ok {
			return errors.Join(full, err)
		}
		b.skip(end)
	}
	*b = was
	return nil
}

// skip goes on to the record that begins at.
func (b *batch) skip(at int) {
	for len(b.ends) > 0 && b.ends[0] <= at {
		b.ends = b.ends[1:]
	}
	b.start = at
}

// endSync syncs for the last time, before the file is closed.
func (f *File) endSync() error {
	if !f.durable() && f.opts.SyncInterval == 0 {
		return nil
	}
	err := f.syncFile()
	if err != nil {
		f.stats.Unsynced += f.unsynced.lines
	}
	return errors.Join(err, f.syncRetired(f.takeRetired()))
}
