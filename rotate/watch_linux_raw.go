//go:build linux && (amd64 || arm64 || riscv64 || loong64)

package rotate

import (
	"io/fs"
	"syscall"
	"unsafe"
)

// newWatcher makes the system call itself: syscall.Stat copies the path to the
// heap, once a record.
func newWatcher(path string) (func() (identity, int64, error), error) {
	name, err := syscall.BytePtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	const cwd = -100 // AT_FDCWD; path is absolute
	dir := cwd
	st := new(syscall.Stat_t)
	return func() (identity, int64, error) {
		for {
			_, _, errno := syscall.Syscall6(sysFstatat, uintptr(dir), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(st)), 0, 0, 0)
			switch errno {
			case 0:
				return statIdentity(st), st.Size, nil
			case syscall.EINTR:
			default:
				return identity{}, 0, &fs.PathError{Op: "stat", Path: path, Err: errno}
			}
		}
	}, nil
}
