//go:build !unix

package config_test

import (
	"net"
	"testing"
)

func reserve(t *testing.T) (port int, listen func() net.Listener) {
	t.Helper()
	t.Skip("needs a port that can be reserved")
	return 0, nil
}
