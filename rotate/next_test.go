package rotate

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
)

const nextSide = ".app.log.next.sluice"

// bigWrite writes so many bytes in records of 64 KiB, and lets what that has started
// end. It must run in a bubble.
func bigWrite(t *testing.T, f *File, n int) {
	t.Helper()
	record := append(bytes.Repeat([]byte("x"), 64<<10-1), '\n')
	for ; n > 0; n -= len(record) {
		if _, err := f.Write(record[max(0, len(record)-n):]); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
}

func inodeOf(t *testing.T, path string) identity {
	t.Helper()
	fi, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return identityOf(fi)
}

func nextOptions(t *testing.T) Options {
	return Options{
		Policy: Size{MaxBytes: nextLeast}, Retention: Keep{Backups: 2},
		OnError: func(err error) { t.Error(err) },
	}
}

func TestNextIsCreatedAhead(t *testing.T) {
	unixOnly(t)
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		side := filepath.Join(dir, nextSide)
		o := nextOptions(t)
		o.Perm = 0o622
		f := opened(t, dir, o)
		for range 3 {
			bigWrite(t, f, nextLeast/2)
			if _, err := os.Lstat(side); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("half full: %v", err)
			}
			bigWrite(t, f, nextLeast/4)
			next := inodeOf(t, side)
			bigWrite(t, f, nextLeast/4) // rolls over
			if got := inodeOf(t, f.Name()); got != next {
				t.Errorf("the file is %v, want the one created ahead, %v", got, next)
			}
			if fi, err := os.Stat(f.Name()); err != nil || fi.Mode().Perm() != 0o622 || fi.Size() != 64<<10 {
				t.Errorf("the file is %v, %v", fi, err)
			}
			bigWrite(t, f, nextLeast/4)
			bigWrite(t, f, nextLeast/2-64<<10)
			if err := f.Roll(); err != nil { // the one that is there is taken
				t.Error(err)
			}
		}
		bigWrite(t, f, nextLeast*7/8)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
			t.Errorf("after Close: %v, %v", entries, err)
		}
	})
}

// What others have done to the next file, or to the path, decides: then the
// rollover creates its file itself.
func TestNextIsNotOurs(t *testing.T) {
	unixOnly(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		before func(side string) error // it is created
		after  func(side string) error
		stays  bool
		told   bool
	}{
		{"a link lies in wait", func(side string) error { return os.Symlink(victim, side) }, nil, true, true},
		{"a file is there", func(side string) error { return os.WriteFile(side, []byte("theirs"), 0o666) }, nil, true, false},
		{"removed", nil, os.Remove, false, false},
		{"written to", nil, func(side string) error { return os.WriteFile(side, []byte("theirs"), 0o666) }, false, false},
		{"a link in its place", nil, func(side string) error { return errors.Join(os.Remove(side), os.Symlink(victim, side)) }, true, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				side := filepath.Join(dir, nextSide)
				o := nextOptions(t)
				var reported []error
				o.OnError = func(err error) { reported = append(reported, err) }
				f := opened(t, dir, o)
				if c.before != nil {
					if err := c.before(side); err != nil {
						t.Fatal(err)
					}
				}
				bigWrite(t, f, nextLeast*7/8)
				if c.after != nil {
					if err := c.after(side); err != nil {
						t.Fatal(err)
					}
				}
				bigWrite(t, f, nextLeast/4)
				if err := f.Close(); err != nil {
					t.Error(err)
				}
				if s := f.Stats(); s.Rolls != 1 || len(reported) > 0 != c.told {
					t.Errorf("Stats() = %+v, reported %v", s, reported)
				}
				for name, least := range map[string]int64{"app.log": nextLeast / 8, "app.log.1": nextLeast * 7 / 8} {
					if fi, err := os.Lstat(filepath.Join(dir, name)); err != nil || !fi.Mode().IsRegular() || fi.Size() < least {
						t.Errorf("%s: %v, %v", name, fi, err)
					}
				}
				if _, err := os.Lstat(side); (err == nil) != c.stays {
					t.Errorf("%s: %v", nextSide, err)
				}
				if content, err := os.ReadFile(victim); err != nil || string(content) != "precious" {
					t.Errorf("the victim holds %q, %v", content, err)
				}
			})
		})
	}
}

// A next file that a killed process has left is removed, if it is empty.
func TestNextIsTidiedUp(t *testing.T) {
	for content, stays := range map[string]bool{"": false, "theirs": true} {
		dir := t.TempDir()
		tree{nextSide: content}.make(t, dir)
		f := opened(t, dir, nextOptions(t))
		write(t, f, "one\n")
		want := tree{"app.log": "one\n"}
		if stays {
			want[nextSide] = content
		}
		want.check(t, dir)
	}
}

// Where files are small, or there is nothing to roll over to, none is created.
func TestNextIsNotWorthIt(t *testing.T) {
	for _, o := range []Options{
		{},
		{Policy: Size{MaxBytes: nextLeast}},
		{Policy: Size{MaxBytes: nextLeast - 1}, Retention: Keep{Backups: 1}},
		{Policy: Timed{When: "midnight"}},
		{Policy: Size{MaxBytes: nextLeast}, Retention: Keep{Backups: 1}, Mover: rename},
		{Policy: Size{MaxBytes: nextLeast}, Retention: Keep{Backups: 1}, Shared: &Shared{}},
	} {
		if o.Shared != nil && osSystem().closeFirst {
			continue // there is none on Windows
		}
		if f := opened(t, t.TempDir(), o); f.next.limit != 0 {
			t.Errorf("%+v: a file is created ahead of %d", o, f.next.limit)
		}
	}
	for _, o := range []Options{
		{Policy: Size{MaxBytes: 10 << 20}, Retention: Keep{Backups: 1}},
		{Policy: SizeAndTime{Size: Size{MaxBytes: 10 << 20}, Timed: Timed{When: "midnight"}}, Retention: Keep{Backups: 1}},
	} {
		unixOnly(t)
		if f := opened(t, t.TempDir(), o); f.next.limit != 10<<20 {
			t.Errorf("%+v: a file is created ahead of %d", o, f.next.limit)
		}
	}
}
