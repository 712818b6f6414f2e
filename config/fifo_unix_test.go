//go:build unix

package config_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sluicelog/sluice/config"
)

// A pipe that nobody writes to is not waited for, nor is a device without an end.
func TestReadNoFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{pipe, "/dev/zero"} {
		if _, err := config.ReadFile(path); err == nil || !strings.Contains(err.Error(), "and not a file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
