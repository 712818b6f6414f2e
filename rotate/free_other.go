//go:build !linux && !darwin && !freebsd && !dragonfly && !windows

package rotate

import (
	"errors"
	"io/fs"
)

func freeBytes(dir string) (int64, error) {
	return 0, &fs.PathError{Op: "statfs", Path: dir, Err: errors.ErrUnsupported}
}
