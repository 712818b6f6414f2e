package rotate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A sidecar is the file .app.log.sluice, in which processes that write app.log tell
// each other what its name does not say, and whose lock they share.
type sidecar struct {
	path   string
	h      handle // nil: not open
	id     identity
	made   bool // by this File
	fresh  bool // nothing was written to it yet
	locked bool

	pending bool // the journal has a rollover that is not complete
	newer   bool // the journal is of a version that is not known: it is left as it is
	bad     bool // the journal says nothing: the next one takes its place
}

var errLocked = errors.New("another process has the lock")

// lock opens the sidecar if need be and waits for its lock.
func (s *sidecar) lock(f *File) error {
	if s.locked {
		return nil
	}
	if s.h == nil {
		if err := s.open(f); err != nil {
			return err
		}
	}
	if err := s.h.Lock(true); err != nil {
		return err
	}
	s.locked = true
	return nil
}

func (s *sidecar) unlock() error {
	if !s.locked {
		return nil
	}
	s.locked = false
	return s.h.Unlock()
}

// current reports whether the lock is the one that a process gets which opens the
// sidecar now: somebody may have removed the file.
func (s *sidecar) current(f *File) (bool, error) {
	fi, err := f.sys.lstat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && identityOf(fi).same(s.id), err
}

func (s *sidecar) open(f *File) error {
	h, err := s.openFile(f)
	if err != nil {
		return err
	}
	fi, err := h.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = &fs.PathError{Op: "lock", Path: s.path, Err: fmt.Errorf("it is not a file but %v", fi.Mode().Type())}
	}
	if err != nil {
		return errors.Join(err, h.Close())
	}
	s.h, s.id = h, identityOf(fi)
	return nil
}

func (s *sidecar) openFile(f *File) (handle, error) {
	const flag = os.O_RDWR | noFollow
	perm := f.opts.Perm
	if perm == 0 {
		perm = 0o666
	}
	for {
		h, err := f.sys.open(s.path, flag, 0)
		if !errors.Is(err, fs.ErrNotExist) {
			return h, err
		}
		h, err = f.sys.open(s.path, flag|os.O_CREATE|os.O_EXCL, perm)
		switch {
		case err == nil && f.opts.Perm != 0:
			if err := h.Chmod(perm); err != nil {
				return nil, errors.Join(err, h.Close())
			}
			fallthrough
		case err == nil:
			s.made, s.fresh = true, true
			return h, nil
		case errors.Is(err, fs.ErrNotExist) && f.opts.DirPerm != 0:
			if err := f.makeDirs(); err != nil {
				return nil, err
			}
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		}
	}
}

func (s *sidecar) close() error {
	if s.h == nil {
		return nil
	}
	h := s.h
	s.h, s.locked = nil, false
	return h.Close()
}

// abandon closes a sidecar of a file that could not be opened, and removes it if
// it was made for that.
func (s *sidecar) abandon(f *File) {
	if s.h != nil && s.made {
		_ = f.sys.remove(s.path)
	}
	_ = s.close()
}

// read returns what the last rollover has left there.
func (s *sidecar) read() (note, error) {
	const most = 1 << 20
	p, err := io.ReadAll(io.NewSectionReader(s.h, 0, most))
	if err != nil {
		return note{}, err
	}
	n, err := parseNote(p)
	if err != nil {
		err = fmt.Errorf("%s: %w", s.path, err)
	}
	return n, err
}

func (s *sidecar) write(n note) error {
	_, err := s.h.WriteAt(n.append(nil), 0)
	return err
}

// relative returns a path as a note has it.
func (s *sidecar) relative(path string) string {
	if filepath.Dir(path) == filepath.Dir(s.path) {
		return filepath.Base(path)
	}
	return path
}

// absolute is relative's opposite.
func (s *sidecar) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(s.path), path)
}
