package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// python gives the command of CPython. Without one the test is skipped, or fails
// if SLUICE_PEERS=required says that there must be one.
func python(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		absent(t, "python3", "python3")
	}
	return path
}

// absent skips a test for want of a peer that a package of Debian has.
func absent(t *testing.T, peer, pkg string) {
	t.Helper()
	if os.Getenv("SLUICE_PEERS") == "required" {
		t.Fatalf("there is no %s: install Debian's package %s", peer, pkg)
	}
	t.Skipf("there is no %s: install Debian's package %s", peer, pkg)
}

// loopback is where peers listen that are told a port: on Linux, where it is an address
// like any other, one that nothing else here listens on, so that nobody takes a port
// that was free a moment ago.
func loopback() string {
	if runtime.GOOS == "linux" {
		return "127.44.55.66"
	}
	return "127.0.0.1"
}

// drains gives the program time to write at its end what it has taken over, also where it
// gets little of a processor.
const drains = "--drain-timeout=2m"

// program builds the command sluice, once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sluice")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sluice")
	out, err := exec.Command("go", "build", "-o", path, "github.com/sluicelog/sluice/cmd/sluice").CombinedOutput()
	if err != nil {
		return "", &buildError{out, err}
	}
	return path, nil
})

type buildError struct {
	out []byte
	err error
}

func (e *buildError) Error() string { return e.err.Error() + "\n" + string(e.out) }

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}
