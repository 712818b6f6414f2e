package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// syncing is what Options.SyncInterval needs. File.mu guards it.
type syncing struct {
	timer   *time.Timer
	armed   bool      // the timer runs, or what it does
	now     handle    // is being synced
	lines   uint64    // those of now that this sync is for
	retired []retired // are not written to any more, and have to be synced and closed
}

// retired is a file that was rolled over before it was synced.
type retired struct {
	h     handle
	lines uint64
}

// mostRetired is how many files wait for the next sync: a disk that cannot follow
// slows the rollovers down.
const mostRetired = 16

// wrote notes that there are bytes to be synced.
func (f *File) wrote() {
	f.unsynced.dirty = true
	f.armSync(f.opts.SyncInterval)
}

func (f *File) armSync(after time.Duration) {
	s := &f.syncing
	if f.opts.SyncInterval == 0 || s.armed || f.closed {
		return
	}
	s.armed = true
	if s.timer == nil {
		s.timer = time.AfterFunc(after, f.syncTick)
		return
	}
	s.timer.Reset(after)
}

// syncTick is what the timer does: it syncs beside the writers.
func (f *File) syncTick() {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return
	}
	f.closing.Add(1)
	defer f.closing.Done()
	s, u := &f.syncing, &f.unsynced
	s.now = f.file
	old, lines, names := f.takeRetired(), u.lines, u.names
	dirty := u.dirty && u.failed == nil && f.file != nil && f.regular
	s.lines, u.lines, u.dirty, u.names = lines, 0, false, false
	h, from := f.file, f.state.Size
	f.release()

	err := f.syncRetired(old)
	var failed error
	if dirty {
		failed = h.SyncData()
	}
	if errors.Is(failed, fs.ErrClosed) {
		failed = nil // whoever closed it meanwhile has synced it; see closeOld
	}
	var unnamed error
	if names {
		unnamed = f.sys.syncDir(filepath.Dir(f.path))
	}

	f.mu.Lock()
	defer f.release()
	s.now, s.lines, s.armed = nil, 0, false
	if failed != nil {
		f.stats.SyncFailures++
		f.stats.Unsynced += lines
		if f.file == h {
			u.failed = fmt.Errorf("rotate: %w", failed)
		}
		err = errors.Join(err, fmt.Errorf("rotate: %d records may not be on the disk: %w", lines, failed))
	} else if f.file == h && dirty {
		u.from = from
	}
	if unnamed != nil {
		u.names = true
		err = errors.Join(err, fmt.Errorf("rotate: %w", unnamed))
	}
	if err != nil {
		f.fail(err)
	}
	if u.dirty || u.names && unnamed == nil || len(s.retired) > 0 {
		f.armSync(f.opts.SyncInterval)
	}
}

// closeOld closes a file that is not written to any more, of which u is what was not
// synced.
func (f *File) closeOld(h handle, u unsynced) error {
	s := &f.syncing
	if f.opts.SyncInterval == 0 || !u.dirty && h != s.now {
		return h.Close()
	}
	if h == s.now {
		u.lines += s.lines // that sync may come too late
	}
	if f.closed || f.sys.closeFirst || len(s.retired) >= mostRetired {
		return f.syncRetired([]retired{{h, u.lines}})
	}
	s.retired = append(s.retired, retired{h, u.lines})
	f.armSync(f.opts.SyncInterval)
	return nil
}

func (f *File) takeRetired() []retired {
	old := f.syncing.retired
	f.syncing.retired = nil
	return old
}

// syncRetired syncs and closes files. It runs with f locked or without.
func (f *File) syncRetired(all []retired) error {
	var errs []error
	for _, r := range all {
		if err := r.h.SyncData(); err != nil {
			f.unsyncedLines.Add(r.lines)
			errs = append(errs, fmt.Errorf("rotate: %d records may not be on the disk: %w", r.lines, err))
		}
		errs = append(errs, r.h.Close())
	}
	return errors.Join(errs...)
}
