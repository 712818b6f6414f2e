//go:build unix && !(linux && (amd64 || arm64 || riscv64 || loong64))

package rotate

import (
	"io/fs"
	"syscall"
)

func newWatcher(path string) (func() (identity, int64, error), error) {
	return func() (identity, int64, error) {
		var st syscall.Stat_t
		if err := retry(func() error { return syscall.Stat(path, &st) }); err != nil {
			return identity{}, 0, &fs.PathError{Op: "stat", Path: path, Err: err}
		}
		return statIdentity(&st), st.Size, nil
	}, nil
}
