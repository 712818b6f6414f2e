//go:build !linux

package inject

import "errors"

func shutdown(string) error { return errors.ErrUnsupported }
