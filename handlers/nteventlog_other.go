//go:build !windows

package handlers

import (
	"errors"
	"fmt"
	"runtime"
)

func openEventLog(_, _, _ string) (func(event) error, error) {
	return nil, fmt.Errorf("%s has no event log: %w", runtime.GOOS, errors.ErrUnsupported)
}
