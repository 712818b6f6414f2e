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
	if c.Control(func(fd uintptr) {
		failed = retry(func() error { return syscall.Fdatasync(int(fd)) })
	}) != nil {
		failed = fs.ErrClosed // all that Control can say, in words that are nobody's sentinel
	}
	if failed != nil {
		return &fs.PathError{Op: "fdatasync", Path: f.Name(), Err: failed}
	}
	return nil
}
