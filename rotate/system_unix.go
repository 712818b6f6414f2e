//go:build unix

package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// noFollow makes open refuse a symbolic link.
const noFollow = syscall.O_NOFOLLOW

func openHandle(name string, flag int, perm fs.FileMode) (handle, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	if fi, err := f.Stat(); err == nil && fi.Mode().IsRegular() {
		return regularFile{osFile{f}, int(f.Fd())}, nil
	}
	return osFile{f}, nil
}

type osFile struct{ *os.File }

func (f osFile) SetModTime(t time.Time) error {
	if err := setModTime(f.File, t); err != nil {
		return &fs.PathError{Op: "utimes", Path: f.Name(), Err: err}
	}
	return nil
}

// syncDir takes it for done where a file system knows no such thing.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// regularFile writes without os.File's own lock, since File has one: that is
// what File's lock costs, so that together they take as long as os.File alone.
// Only a regular file never has to wait for its poller.
type regularFile struct {
	osFile
	fd int
}

func (f regularFile) Write(p []byte) (int, error) {
	const most = 1 << 30 // some systems refuse more
	for {
		n, err := syscall.Write(f.fd, p[:min(len(p), most)])
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
		default:
			return max(n, 0), &fs.PathError{Op: "write", Path: f.Name(), Err: err}
		}
	}
}

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
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// identity is what makes two names one file.
type identity struct{ dev, ino uint64 }

func (a identity) same(b identity) bool { return a == b }

// key is the identity as a note has it.
func (a identity) key() string { return fmt.Sprintf("%x:%x", a.dev, a.ino) }

func identityOf(fi fs.FileInfo) identity {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}
	}
	return statIdentity(st)
}

// ownerOf returns who owns a file; false: the system does not say.
func ownerOf(fi fs.FileInfo) (int, bool) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

func statIdentity(st *syscall.Stat_t) identity {
	return identity{uint64(st.Dev), uint64(st.Ino)}
}
