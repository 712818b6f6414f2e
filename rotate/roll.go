package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Roll rolls the file over now, due or not: Python's doRollover. If the policy
// has nothing to move, as Size without backups, the file is only opened anew.
// After an error the files are as they were, unless it comes from the removal
// of old backups; Write goes on in any case.
func (f *File) Roll() error {
	f.mu.Lock()
	defer f.release()
	if f.closed {
		return ErrClosed
	}
	if f.opts.Policy == nil {
		return fmt.Errorf("rotate: roll %s: the file has no policy", f.path)
	}
	if err := f.enter(); err != nil {
		return err
	}
	if err := f.exclude(); err != nil {
		return err
	}
	if f.sharing != nil {
		if err := f.finishOthers(); err != nil {
			return err
		}
	}
	now := f.now()
	if err := f.roll(now, !f.opts.Delay); err != nil {
		return err
	}
	f.begin(now)
	return f.prune()
}

// keepUp does the housekeeping before a record of n bytes. What fails is
// reported, and never keeps the record from being written.
func (f *File) keepUp(n int) {
	if f.file != nil && !f.unkept && f.state.Size+int64(n) < f.roomy {
		return
	}
	switch {
	case f.file != nil:
	case f.timed:
		// Opened, it would be there and have to roll over even if it is new.
		f.measure()
	default:
		f.openToAsk()
	}
	var now time.Time
	if f.timed {
		now = f.now()
	}
	if f.opts.Policy.Due(f.state, n, now) && f.stillDue(n, now) {
		if err := f.roll(f.now(), true); err != nil {
			f.fail(err)
		}
	}
	if f.unkept && f.mayPrune() {
		if err := f.prune(); err != nil {
			f.fail(err)
		}
	}
}

// openToAsk opens the file to ask for its size, as RotatingFileHandler.shouldRollover
// does; the record itself then tries once more.
func (f *File) openToAsk() {
	if err := f.openFile(f.flag); err != nil {
		f.fail(fmt.Errorf("rotate: %w", err))
	}
}

// stillDue asks the files themselves what the state only remembers.
func (f *File) stillDue(n int, now time.Time) bool {
	if f.sharing != nil {
		if err := f.exclude(); err != nil {
			f.fail(err)
			return false
		}
		if err := f.finishOthers(); err != nil {
			f.fail(err)
			return false
		}
		if !f.opts.Policy.Due(f.state, n, now) {
			return false // another process was faster
		}
	}
	if fi, err := f.sys.stat(f.path); err == nil && !fi.Mode().IsRegular() {
		// /dev/null and its like have no backups.
		if f.timed {
			f.begin(now)
		}
		return false
	}
	if f.file == nil || !f.regular {
		return true
	}
	fi, err := f.file.Stat()
	if err != nil || fi.Size() == f.state.Size {
		return true
	}
	f.state.Size = fi.Size() // others have truncated it, or written to it
	f.begins()
	return f.opts.Policy.Due(f.state, n, now)
}

// roll carries out the policy's plan and opens the new file, or takes
// everything back.
func (f *File) roll(now time.Time, open bool) error {
	r := rollover{f: f}
	moves, err := r.plan(now)
	if err != nil {
		f.stats.RollFailures++
		return fmt.Errorf("rotate: roll %s: %w", f.path, err)
	}
	before := f.file
	if f.durable() {
		// What writers are told of later must be safe by then.
		if err := f.syncFile(); err != nil {
			f.stats.RollFailures++
			return fmt.Errorf("rotate: roll %s: %w", f.path, err)
		}
	}
	unsynced := f.unsynced
	if f.sys.closeFirst {
		if err := f.closeFile(); err != nil {
			f.fail(fmt.Errorf("rotate: close: %w", err))
		}
	}
	old := f.file
	r.journal(moves)
	if err = r.all(moves); err == nil {
		switch {
		case !open:
			f.file, f.state.Size = nil, 0
		case !f.takeNext():
			err = f.openFile(f.flag)
		}
	}
	if err != nil {
		f.stats.RollFailures++
		err = fmt.Errorf("rotate: roll %s: %w", f.path, r.undo(err))
		f.endJournal()
		if before != nil {
			f.rejoin()
		}
		return err
	}
	if old != nil {
		if err := f.closeOld(old, unsynced); err != nil {
			f.fail(fmt.Errorf("rotate: close: %w", err))
		}
	}
	f.unsynced.names = true
	if len(moves) > 0 {
		f.stats.Rolls++
	}
	f.rolled(moves, now)
	if f.sharing != nil {
		f.sharing.changed = true
	}
	f.unkept, f.pruneAt = f.counts() || f.opts.Retention.bounded(), time.Time{}
	f.follow(r.done)
	for _, name := range r.aside {
		if err := f.discard(name); err != nil {
			f.fail(fmt.Errorf("rotate: %w", err))
		}
	}
	f.endJournal()
	return nil
}

// plan asks the policy, and fails if it could not be told which names are taken.
func (r *rollover) plan(now time.Time) ([]Move, error) {
	f := r.f
	r.found = map[string]fs.FileInfo{}
	var blind error
	var odd map[string]fs.FileInfo
	at := func(path string) fs.FileInfo {
		fi, err := f.sys.lstat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			blind = err
		}
		if fi != nil {
			r.found[path] = fi
		}
		return fi
	}
	moves := f.opts.Policy.Plan(f.state, now, func(name string) bool {
		path := f.named(name)
		if len(f.exts) == 0 {
			return at(path) != nil
		}
		var files []string
		if at(path) != nil {
			files = append(files, path)
		}
		for _, ext := range f.exts {
			fi := at(path + ext)
			if fi == nil {
				continue
			}
			files = append(files, path+ext)
			if !fi.Mode().IsRegular() {
				if odd == nil {
					odd = map[string]fs.FileInfo{}
				}
				odd[path+ext] = fi
			}
		}
		if r.files == nil {
			r.files = map[string][]string{}
		}
		r.files[path] = files
		return len(files) > 0
	})
	for path, fi := range odd {
		f.fail(foreign(path, fi))
	}
	return moves, blind
}

// named gives a backup its path.
func (f *File) named(name string) string {
	if f.opts.Namer == nil || name == f.path || name == "" {
		return name
	}
	return f.opts.Namer(name)
}

// again opens a file that was open before.
func (f *File) again() int { return f.flag&^(os.O_TRUNC|os.O_EXCL) | os.O_APPEND }

// rejoin makes the file at hand the one that the path names, after a rollover
// that failed.
func (f *File) rejoin() {
	old := f.file
	if old != nil {
		fi, err := f.sys.stat(f.path)
		if err == nil && identityOf(fi).same(f.id) {
			if f.regular {
				f.state.Size = fi.Size()
				f.begins()
			}
			return
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
	unsynced := f.unsynced
	err := f.openFile(f.again())
	if err != nil {
		f.fail(fmt.Errorf("rotate: %w", err))
		if f.opts.Mover == nil {
			return // the file at hand, if any, still has a name
		}
		f.file = nil // it may have none: what is written to it would be gone
	}
	if old != nil {
		if err := f.closeOld(old, unsynced); err != nil {
			f.fail(fmt.Errorf("rotate: close: %w", err))
		}
	}
}

// discard removes a file. Giving back its space takes the disk up to a millisecond,
// which happens at the last close: that is not left to the Write that rolls.
func (f *File) discard(name string) error {
	const big = 1 << 12
	fi, err := f.sys.lstat(name)
	if err != nil {
		return err
	}
	var last handle
	if fi.Mode().IsRegular() && fi.Size() >= big && !f.sys.closeFirst {
		if last, err = f.sys.open(name, os.O_RDONLY|noFollow, 0); err != nil {
			last = nil
		}
	}
	err = f.sys.remove(name)
	if last != nil {
		f.returning.Add(fi.Size())
		f.closing.Go(func() {
			_ = last.Close()
			f.returning.Add(-fi.Size())
		})
	}
	if err == nil {
		f.stats.Removed++
		f.forget(name)
	}
	return err
}
