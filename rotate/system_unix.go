//go:build unix

package rotate

import (
	"io/fs"
	"os"
	"syscall"
)

// rename is rename(2). os.Rename asks for the new name first, once a backup.
func rename(from, to string) error {
	if err := retry(func() error { return syscall.Rename(from, to) }); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// remove is unlink(2). os.Remove would remove an empty directory.
func remove(name string) error {
	if err := retry(func() error { return syscall.Unlink(name) }); err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return nil
}

func retry(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}

// identity is what makes two names one file.
type identity struct{ dev, ino uint64 }

func (a identity) same(b identity) bool { return a == b }

func identityOf(fi fs.FileInfo) identity {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}
	}
	return statIdentity(st)
}

func statIdentity(st *syscall.Stat_t) identity {
	return identity{uint64(st.Dev), uint64(st.Ino)}
}
