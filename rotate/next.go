package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"sort"
)

// nextFile is the file that is to follow the one at hand. It is created, under
// another name, when three quarters of that are full, and beside the writers: on a
// disk in use a new inode can take half a millisecond, five times as long as the
// rest of a rollover.
type nextFile struct {
	limit int64 // the size at which files roll over; 0: there is none, or it is not worth it
	asked bool  // it was created for the file at hand, or is being
	start bool  // it is to be
	file  handle
	id    identity
}

// nextLeast is the least limit for which a file is created ahead.
const nextLeast = 1 << 20

// planNext finds out at which size files roll over.
func (f *File) planNext() {
	p := f.opts.Policy
	if p == nil || f.sharing != nil || f.opts.Mover != nil || f.sys.closeFirst {
		return
	}
	now := f.now()
	due := func(size int64) bool {
		s := State{Base: f.path, Size: size, Since: now, Next: p.Next(now), Backups: f.state.Backups, Spare: f.state.Spare}
		return p.Due(s, 1, now)
	}
	if !due(math.MaxInt64) {
		return
	}
	// The byte that makes it due counts.
	limit := 1 + int64(sort.Search(math.MaxInt, func(size int) bool { return due(int64(size)) }))
	if limit >= nextLeast {
		f.next.limit = limit
	}
}

// wantNext has the next file created if the one at hand is full enough.
func (f *File) wantNext() {
	if f.next.limit > 0 && f.state.Size >= f.next.limit-f.next.limit/4 && !f.next.asked {
		f.next.asked, f.next.start = true, true
	}
}

// startNext reports whether createNext is to be started, which is then certain.
func (f *File) startNext() bool {
	if !f.next.start || f.closed {
		return false
	}
	f.next.start = false
	f.closing.Add(1)
	return true
}

func (f *File) nextName() string { return asideName(f.path + ".next") }

func (f *File) createNext() {
	defer f.closing.Done()
	h, id, err := f.openAhead()
	f.mu.Lock()
	defer f.release()
	switch {
	case err != nil:
		// The rollover creates its file itself, and then tells what else is wrong.
		f.tellForeign(f.nextName())
	case f.closed || f.next.file != nil:
		f.drop(h, id)
	default:
		f.next.file, f.next.id = h, id
	}
}

func (f *File) openAhead() (handle, identity, error) {
	perm := f.opts.Perm
	if perm == 0 {
		perm = 0o666
	}
	h, err := f.sys.open(f.nextName(), f.flag|os.O_CREATE|os.O_EXCL|noFollow, perm)
	if err != nil {
		return nil, identity{}, err
	}
	fi, err := h.Stat()
	if err == nil && f.opts.Perm != 0 && fi.Mode().Perm() != perm {
		err = h.Chmod(perm)
	}
	if err != nil {
		return nil, identity{}, errors.Join(err, h.Close(), f.sys.remove(f.nextName()))
	}
	return h, identityOf(fi), nil
}

// takeNext makes the next file the one at hand, if it is there and nobody has
// touched it, or put another in its place.
func (f *File) takeNext() bool {
	h, id := f.next.file, f.next.id
	f.next.file, f.next.asked, f.next.start = nil, false, false
	if h == nil {
		return false
	}
	fi, err := h.Stat()
	if err != nil || fi.Size() != 0 || !f.isAt(f.nextName(), id) || !f.isFree(f.path) {
		f.drop(h, id)
		return false
	}
	if err := f.sys.rename(f.nextName(), f.path); err != nil {
		f.drop(h, id)
		return false
	}
	f.take(h, fi)
	return true
}

// tellForeign reports what is at name if no File has put it there.
func (f *File) tellForeign(name string) {
	if fi, err := f.sys.lstat(name); err == nil && !fi.Mode().IsRegular() {
		f.fail(foreign(name, fi))
	}
}

// drop removes a next file that is not needed.
func (f *File) drop(h handle, id identity) {
	err := h.Close()
	if f.isAt(f.nextName(), id) {
		err = errors.Join(err, f.sys.remove(f.nextName()))
	} else {
		f.tellForeign(f.nextName())
	}
	if err != nil {
		f.fail(fmt.Errorf("rotate: %w", err))
	}
}

func (f *File) dropNext() {
	if h := f.next.file; h != nil {
		f.next.file = nil
		f.drop(h, f.next.id)
	}
}

func (f *File) isAt(name string, id identity) bool {
	fi, err := f.sys.lstat(name)
	return err == nil && identityOf(fi).same(id)
}

func (f *File) isFree(name string) bool {
	_, err := f.sys.lstat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// removeNext removes what a process has left that was killed.
func (f *File) removeNext(name string) error {
	fi, err := f.sys.lstat(name)
	switch {
	case err != nil:
		return err
	case !fi.Mode().IsRegular():
		return foreign(name, fi)
	case fi.Size() > 0:
		return nil // it is not ours
	}
	return f.sys.remove(name)
}
