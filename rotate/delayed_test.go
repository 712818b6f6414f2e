package rotate

import (
	"errors"
	"io/fs"
	"testing"
)

// TestOpenWithoutRecord: Open makes a delayed file be there, and does no more.
func TestOpenWithoutRecord(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, Options{Delay: true, Header: []byte("<h>"), Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 1}})
	tree{}.check(t, dir)
	for range 2 {
		if err := f.Open(); err != nil {
			t.Fatal(err)
		}
		tree{"app.log": ""}.check(t, dir)
	}
	write(t, f, "0123456789")
	if err := f.Open(); err != nil {
		t.Fatal(err)
	}
	tree{"app.log": "<h>0123456789"}.check(t, dir) // full, but nothing rolls it over yet
	write(t, f, "x")
	tree{"app.log": "<h>x", "app.log.1": "<h>0123456789"}.check(t, dir)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Open(); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	late := opened(t, dir, Options{Delay: true, Mode: "x"})
	if err := late.Open(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("mode x on a file that is there: %v", err)
	}
}
