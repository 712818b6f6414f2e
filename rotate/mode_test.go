package rotate

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestModeAfterTruncation: a file that others truncate is gone on with where it
// was, as Python's is, unless it is appended to.
func TestModeAfterTruncation(t *testing.T) {
	for mode, want := range map[string]string{"a": "new\n", "w": "\x00\x00\x00\x00new\n", "x": "\x00\x00\x00\x00new\n"} {
		dir := t.TempDir()
		f := opened(t, dir, Options{Mode: mode})
		write(t, f, "old\n")
		if err := os.Truncate(filepath.Join(dir, "app.log"), 0); err != nil {
			t.Fatal(err)
		}
		write(t, f, "new\n")
		tree{"app.log": want}.check(t, dir)
	}
}

// TestDiskFullModes: the place of half a record that was cut off is not left empty.
func TestDiskFullModes(t *testing.T) {
	for _, mode := range []string{"a", "w", "x"} {
		x := &faults{kind: "write", k: 2, err: syscall.ENOSPC}
		dir := t.TempDir()
		f := openedWith(t, dir, Options{Mode: mode}, x.system())
		write(t, f, "one\n")
		if n, err := f.Write([]byte("two\n")); n != 0 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("mode %s: Write on a full disk = %d, %v", mode, n, err)
		}
		write(t, f, "three\n")
		tree{"app.log": "one\nthree\n"}.check(t, dir)
	}
}
