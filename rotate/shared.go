package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Shared are the options of a file that several processes write and roll over. The
// zero Shared consists of defaults.
type Shared struct {
	// Grace is how long a backup is neither compressed nor removed after it was
	// rolled over to: a program of another kind, as Python's WatchedFileHandler, may
	// have looked at the name before and write after. 0 is 1 s; a negative one
	// waits for nobody.
	Grace time.Duration `json:"-"`
}

const shareGrace = time.Second

// sharing is what a File has in common with other processes. File.mu guards it.
type sharing struct {
	side    sidecar
	grace   time.Duration
	look    func() (identity, int64, error) // at the path
	looked  bool                            // since the lock was taken
	changed bool                            // there is something to be told
}

func (f *File) share(o *Shared) (err error) {
	if o == nil {
		return nil
	}
	s := &sharing{side: sidecar{path: asideName(f.path)}, grace: max(o.Grace, 0)}
	if o.Grace == 0 {
		s.grace = shareGrace
	}
	if s.look, err = f.sys.watcher(f.path); err != nil {
		return err
	}
	f.sharing = s
	f.state.Spare = f.state.Spare || s.grace > 0 && f.state.Backups > 0
	return nil
}

// enter locks other processes out until leave, and learns what they have done to
// the file.
func (f *File) enter() error {
	s := f.sharing
	if s == nil || s.looked {
		return nil
	}
	if err := s.side.lock(f); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := f.catchUp(); err != nil {
		return err
	}
	s.looked = true
	return nil
}

// leave lets the other processes in.
func (f *File) leave() {
	s := f.sharing
	if s == nil || !s.side.locked {
		return
	}
	if s.changed || s.side.fresh {
		f.leaveNote()
	}
	s.looked = false
	if err := s.side.unlock(); err != nil {
		f.fail(fmt.Errorf("rotate: %w", errors.Join(err, s.side.close())))
	}
}

// exclude does for names what enter does for the file: it makes sure that the lock
// is the one that all have.
func (f *File) exclude() error {
	s := f.sharing
	if s == nil {
		return nil
	}
	const tries = 10 // somebody would have to remove the sidecar each time
	var err error
	for range tries {
		if err = s.side.lock(f); err != nil {
			return fmt.Errorf("rotate: %w", err)
		}
		var same bool
		if same, err = s.side.current(f); same {
			return nil
		}
		looked := s.looked
		s.looked = false
		if err2 := s.side.close(); err2 != nil {
			f.fail(fmt.Errorf("rotate: %w", err2))
		}
		if looked {
			if err := f.enter(); err != nil {
				return err
			}
		}
	}
	if err == nil {
		err = fs.ErrNotExist
	}
	return fmt.Errorf("rotate: lock %s: %w", s.side.path, err)
}

// catchUp makes the file at hand the one that the path names, and learns its size.
func (f *File) catchUp() error {
	id, size, err := f.sharing.look()
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !gone:
		// The file at hand is still as good as it was.
		f.fail(fmt.Errorf("rotate: shared: %w", err))
	case f.file == nil:
		if !gone {
			f.adopt(id)
		}
	case gone || !id.same(f.id):
		if err := f.reopen(false); err != nil {
			return err
		}
		f.adopt(f.id)
	case f.regular && size != f.state.Size:
		f.state.Size = size
		f.begins()
		f.checkTear()
	}
	return nil
}

// checkTear looks whether somebody was killed while he wrote. A program that has
// not asked for the lock may just be writing.
func (f *File) checkTear() {
	const looks, pause = 3, 500 * time.Microsecond
	for i := range looks {
		if f.findTear(); !f.tear.torn {
			return
		}
		if i == 0 {
			runtime.Gosched()
		} else {
			time.Sleep(pause)
		}
		if _, size, err := f.sharing.look(); err == nil {
			f.state.Size = size
		}
	}
}

// adopt learns from the others in which period the file is.
func (f *File) adopt(id identity) {
	if f.opts.Policy == nil {
		return
	}
	if _, numbered := f.names.(Numbered); numbered && !f.timed {
		return
	}
	side := &f.sharing.side
	n, err := side.read()
	if err != nil && !errors.Is(err, errNoteEmpty) {
		f.fail(fmt.Errorf("rotate: %w", err))
	}
	if n.last != "" {
		f.state.Last = side.absolute(n.last)
	}
	if err == nil && n.file != "" && n.file == id.key() {
		f.begin(n.since)
		return
	}
	// Others than we have put it there.
	if fi, err := f.sys.stat(f.path); err == nil {
		f.begin(fi.ModTime())
	}
}

// leaveNote leaves word of a rollover.
func (f *File) leaveNote() {
	s := f.sharing
	if s.side.newer {
		return
	}
	if err := s.side.write(f.note()); err != nil {
		f.fail(fmt.Errorf("rotate: %w", err))
	}
	s.changed, s.side.fresh = false, false
}

// note says where the file stands.
func (f *File) note() note {
	n := note{since: f.state.Since}
	if f.state.Last != "" {
		n.last = f.sidecar().relative(f.state.Last)
	}
	if f.file != nil {
		n.file = f.id.key()
	}
	return n
}

// finishOthers finishes a rollover that another process was killed in.
func (f *File) finishOthers() error {
	n, err := f.sharing.side.read()
	switch {
	case errors.Is(err, errNoteEmpty):
		return nil
	case err == nil && len(n.steps) > 0:
		if err = f.finish(n); err == nil {
			f.leaveNote()
			f.sharing.looked = false // the file itself may have moved
			return f.enter()
		}
	}
	if err != nil {
		f.fail(fmt.Errorf("rotate: journal: %w", err))
	}
	return nil
}

// lockNames locks f for the worker, and finds its job's backup, which others may
// have renamed.
func (f *File) lockNames(j *job) error {
	f.mu.Lock()
	if f.sharing == nil {
		return nil
	}
	if err := f.exclude(); err != nil {
		f.unlockNames()
		return err
	}
	f.find(j)
	return nil
}

func (f *File) unlockNames() {
	f.leave()
	f.mu.Unlock()
}

func (f *File) find(j *job) {
	is := func(path string) bool {
		fi, err := f.sys.lstat(path)
		return err == nil && identityOf(fi).same(j.id)
	}
	if j.small || j.gone || is(j.path) {
		return
	}
	dir := filepath.Dir(f.path)
	names, err := f.sys.list(dir)
	if err != nil {
		return // what follows says as much
	}
	for _, name := range names {
		if _, ok := f.names.Backup(f.path, name); ok && is(filepath.Join(dir, name)) {
			j.path = filepath.Join(dir, name)
			return
		}
	}
	j.gone = true
}

// createArchive makes the file that an archive is written to. Of several processes
// one compresses at a time; a nil handle says that another one has done it.
func (f *File) createArchive(j *job, tmp string, perm fs.FileMode) (handle, error) {
	const flag = os.O_RDWR | os.O_CREATE | os.O_EXCL | noFollow
	if f.sharing == nil {
		return f.sys.open(tmp, flag, perm)
	}
	for {
		if err := f.lockNames(j); err != nil {
			return nil, err
		}
		if j.gone {
			f.unlockNames()
			return nil, nil
		}
		dst, err := f.sys.open(tmp, flag, perm)
		overtaken := false
		if err == nil {
			if err = dst.Lock(false); err != nil {
				// Who found an archive before this one may have come to open it only now.
				overtaken = errors.Is(err, errLocked)
				err = errors.Join(err, dst.Close(), f.sys.remove(tmp))
			}
		}
		f.unlockNames()
		if overtaken {
			continue
		}
		if !errors.Is(err, fs.ErrExist) {
			return dst, err
		}
		if err := f.awaitArchive(j, tmp); err != nil {
			return nil, err
		}
	}
}

// awaitArchive waits for the process that is compressing, and tidies up after it if
// it was killed.
func (f *File) awaitArchive(j *job, tmp string) error {
	h, err := f.sys.open(tmp, os.O_RDWR|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	if err := h.Lock(true); err != nil {
		return err
	}
	if err := f.lockNames(j); err != nil {
		return err
	}
	defer f.unlockNames()
	was, err := h.Stat()
	if err != nil {
		return err
	}
	if is, err := f.sys.lstat(tmp); err == nil && identityOf(is).same(identityOf(was)) {
		return f.sys.remove(tmp)
	}
	return nil
}
