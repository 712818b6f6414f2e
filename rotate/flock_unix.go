//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package rotate

import (
	"errors"
	"io/fs"
	"syscall"
)

// canShare: the system has locks that go with an open file, and end with it.
const canShare = true

// Lock waits for the file's lock, which the other processes that open it share, or
// with wait unset reports errLocked. It ends with the process, however that ends.
func (f osFile) Lock(wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	err := retry(func() error { return syscall.Flock(int(f.Fd()), how) })
	switch {
	case err == nil:
		return nil
	case !wait && errors.Is(err, syscall.EWOULDBLOCK):
		err = errLocked
	}
	return &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
}

func (f osFile) Unlock() error {
	if err := retry(func() error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }); err != nil {
		return &fs.PathError{Op: "unlock", Path: f.Name(), Err: err}
	}
	return nil
}
