//go:build !unix

package rotate

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

// noFollow: the system has no such flag.
const noFollow = 0

func openHandle(name string, flag int, perm fs.FileMode) (handle, error) {
	f, err := openFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

type osFile struct{ *os.File }

func (f osFile) SetModTime(t time.Time) error { return os.Chtimes(f.Name(), t, t) }

// syncDir does nothing: the file system's journal has the names.
func syncDir(string) error { return nil }

func rename(from, to string) error { return os.Rename(from, to) }

func remove(name string) error {
	if fi, err := os.Lstat(name); err == nil && fi.IsDir() {
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.EISDIR}
	}
	return os.Remove(name)
}

// identity is what makes two names one file.
type identity struct{ fi fs.FileInfo }

func (a identity) same(b identity) bool {
	return a.fi != nil && b.fi != nil && os.SameFile(a.fi, b.fi)
}

func identityOf(fi fs.FileInfo) identity { return identity{fi} }

func ownerOf(fs.FileInfo) (int, bool) { return 0, false }

// key is empty: the system does not say.
func (a identity) key() string { return "" }

func newWatcher(path string) (func() (identity, int64, error), error) {
	return func() (identity, int64, error) {
		fi, err := os.Stat(path)
		if err != nil {
			return identity{}, 0, err
		}
		return identity{fi}, fi.Size(), nil
	}, nil
}
