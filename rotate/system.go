package rotate

import (
	"io/fs"
	"os"
	"runtime"
	"time"
)

// system is what a File asks of the operating system. Tests make parts of it
// fail.
type system struct {
	open   func(name string, flag int, perm fs.FileMode) (handle, error)
	stat   func(name string) (fs.FileInfo, error)
	lstat  func(name string) (fs.FileInfo, error)
	rename func(from, to string) error
	remove func(name string) error // never a directory
	list   func(dir string) ([]string, error)
	mkdir  func(name string, perm fs.FileMode) error
	rmdir  func(name string) error         // only an empty one
	free   func(dir string) (int64, error) // bytes that may be used on its disk
	// syncDir puts the names in it on the disk, where a system needs to be asked.
	syncDir func(dir string) error
	// readlink and symlink are for Options.Symlink alone.
	readlink func(name string) (string, error)
	symlink  func(target, name string) error
	// watcher returns a function that says which file is at path now, and how long
	// it is, without allocating memory where that can be.
	watcher func(path string) (func() (identity, int64, error), error)
	// closeFirst: an open file can be neither renamed nor removed.
	closeFirst bool
}

// handle is the part of *os.File that a File uses.
type handle interface {
	Read(p []byte) (int, error)
	ReadAt(p []byte, offset int64) (int, error)
	Write(p []byte) (int, error)
	WriteAt(p []byte, offset int64) (int, error)
	Stat() (fs.FileInfo, error)
	Seek(offset int64, whence int) (int64, error)
	Truncate(size int64) error
	Chmod(mode fs.FileMode) error
	SetModTime(t time.Time) error
	SyncData() error // Sync, but for the times
	Sync() error
	Lock(wait bool) error
	Unlock() error
	Close() error
}

func osSystem() system {
	return system{
		open:       openHandle,
		stat:       os.Stat,
		lstat:      os.Lstat,
		rename:     rename,
		remove:     remove,
		list:       list,
		free:       freeBytes,
		syncDir:    syncDir,
		mkdir:      os.Mkdir,
		rmdir:      os.Remove,
		readlink:   os.Readlink,
		symlink:    os.Symlink,
		watcher:    newWatcher,
		closeFirst: runtime.GOOS == "windows",
	}
}

func list(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}
