package rotate

import (
	"errors"
	"io/fs"
	"sync"
	"time"
)

// crash as a kind of call is any of them. From the k-th on none has an effect, as
// if the process had been killed in front of it.
const crash = "crash"

var errKilled = errors.New("killed")

// faults makes the k-th call of one kind fail, or all from the k-th on.
type faults struct {
	mu      sync.Mutex
	kind    string
	k       int // counted from 1; 0: never
	forever bool
	err     error
	calls   map[string]int
}

func (x *faults) fails(kind, path string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.calls == nil {
		x.calls = map[string]int{}
	}
	x.calls[kind]++
	n := x.calls[kind]
	if x.kind == crash {
		x.calls[crash]++
		if x.k > 0 && x.calls[crash] >= x.k {
			return errKilled
		}
		return nil
	}
	if kind != x.kind || x.k == 0 || n < x.k || n > x.k && !x.forever {
		return nil
	}
	return &fs.PathError{Op: kind, Path: path, Err: x.err}
}

// is reports whether calls of that kind are to fail.
func (x *faults) is(kind string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.kind == kind
}

// arm makes the k-th call from now on fail.
func (x *faults) arm(kind string, k int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kind, x.k = kind, x.calls[kind]+k
}

// disarm lets all calls succeed.
func (x *faults) disarm() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.k = 0
}

// struck reports whether it has come to that.
func (x *faults) struck() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.k > 0 && x.calls[x.kind] >= x.k
}

func (x *faults) system() system {
	real := osSystem()
	sys := real
	sys.open = func(name string, flag int, perm fs.FileMode) (handle, error) {
		if err := x.fails("open", name); err != nil {
			return nil, err
		}
		h, err := real.open(name, flag, perm)
		if err != nil {
			return nil, err
		}
		return faultyHandle{h, x, name}, nil
	}
	sys.stat = func(name string) (fs.FileInfo, error) {
		if err := x.fails("stat", name); err != nil {
			return nil, err
		}
		return real.stat(name)
	}
	sys.lstat = func(name string) (fs.FileInfo, error) {
		if err := x.fails("lstat", name); err != nil {
			return nil, err
		}
		return real.lstat(name)
	}
	sys.rename = func(from, to string) error {
		if err := x.fails("rename", from); err != nil {
			return err
		}
		return real.rename(from, to)
	}
	sys.remove = func(name string) error {
		if err := x.fails("remove", name); err != nil {
			return err
		}
		return real.remove(name)
	}
	sys.symlink = func(target, name string) error {
		if err := x.fails("symlink", name); err != nil {
			return err
		}
		return real.symlink(target, name)
	}
	sys.readlink = func(name string) (string, error) {
		if err := x.fails("readlink", name); err != nil {
			return "", err
		}
		return real.readlink(name)
	}
	sys.mkdir = func(name string, perm fs.FileMode) error {
		if err := x.fails("mkdir", name); err != nil {
			return err
		}
		return real.mkdir(name, perm)
	}
	sys.free = func(dir string) (int64, error) {
		if err := x.fails("free", dir); err != nil {
			return 0, err
		}
		return real.free(dir)
	}
	sys.syncDir = func(dir string) error {
		if err := x.fails("syncdir", dir); err != nil {
			return err
		}
		return nil
	}
	sys.list = func(dir string) ([]string, error) {
		if err := x.fails("list", dir); err != nil {
			return nil, err
		}
		return real.list(dir)
	}
	return sys
}

type faultyHandle struct {
	handle
	x    *faults
	name string
}

// Write, when it fails, has written half.
func (h faultyHandle) Write(p []byte) (int, error) {
	if err := h.x.fails("write", h.name); err != nil {
		if errors.Is(err, errKilled) {
			return 0, err
		}
		n, _ := h.handle.Write(p[:len(p)/2])
		return n, err
	}
	if h.x.is("short") && h.x.fails("short", h.name) != nil {
		return h.handle.Write(p[:len(p)/2])
	}
	return h.handle.Write(p)
}

func (h faultyHandle) Stat() (fs.FileInfo, error) {
	if err := h.x.fails("fstat", h.name); err != nil {
		return nil, err
	}
	return h.handle.Stat()
}

func (h faultyHandle) Read(p []byte) (int, error) {
	if err := h.x.fails("read", h.name); err != nil {
		return 0, err
	}
	return h.handle.Read(p)
}

func (h faultyHandle) ReadAt(p []byte, offset int64) (int, error) {
	if err := h.x.fails("read", h.name); err != nil {
		return 0, err
	}
	return h.handle.ReadAt(p, offset)
}

func (h faultyHandle) WriteAt(p []byte, offset int64) (int, error) {
	if err := h.x.fails("writeat", h.name); err != nil {
		return 0, err
	}
	return h.handle.WriteAt(p, offset)
}

func (h faultyHandle) Lock(wait bool) error {
	if err := h.x.fails("lock", h.name); err != nil {
		return err
	}
	return h.handle.Lock(wait)
}

func (h faultyHandle) Unlock() error {
	if err := h.x.fails("unlock", h.name); err != nil {
		return err
	}
	return h.handle.Unlock()
}

func (h faultyHandle) SyncData() error {
	return h.x.fails("sync", h.name) // no test cuts the power
}

func (h faultyHandle) Sync() error {
	if err := h.x.fails("sync", h.name); err != nil {
		return err
	}
	return nil // no test cuts the power
}

func (h faultyHandle) SetModTime(t time.Time) error {
	if err := h.x.fails("utimes", h.name); err != nil {
		return err
	}
	return h.handle.SetModTime(t)
}

func (h faultyHandle) Chmod(mode fs.FileMode) error {
	if err := h.x.fails("chmod", h.name); err != nil {
		return err
	}
	return h.handle.Chmod(mode)
}

func (h faultyHandle) Truncate(size int64) error {
	if err := h.x.fails("truncate", h.name); err != nil {
		return err
	}
	return h.handle.Truncate(size)
}

func (h faultyHandle) Close() error {
	if err := h.x.fails("close", h.name); err != nil {
		h.handle.Close()
		return err
	}
	return h.handle.Close()
}
