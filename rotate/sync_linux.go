package rotate

import (
	"io/fs"
	"syscall"
)

// SyncData is fdatasync(2): the size is put on the disk where it has changed, the
// times need not be.
func (f osFile) SyncData() error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = c.Control(func(fd uintptr) {
		failed = retry(func() error { return syscall.Fdatasync(int(fd)) })
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return &fs.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}
