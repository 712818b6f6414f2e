//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package rotate

import (
	"errors"
	"io/fs"
)

const canShare = false

func (f osFile) Lock(bool) error {
	return &fs.PathError{Op: "lock", Path: f.Name(), Err: errors.ErrUnsupported}
}

func (f osFile) Unlock() error { return nil }
