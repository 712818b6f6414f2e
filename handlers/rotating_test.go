package handlers_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/rotate"
)

// rotating returns a handler of dir/app.log that rolls over before 10 bytes.
func rotating(t *testing.T, dir string, o handlers.RotatingFileOptions) *sluice.Handler {
	t.Helper()
	o.MaxBytes = 10
	o.Formatter = bare{}
	if o.OnError == nil {
		o.OnError = quiet(t)
	}
	h, err := handlers.NewRotatingFile(filepath.Join(dir, "app.log"), &o)
	return opened(t, h, err)
}

func TestRotatingFile(t *testing.T) {
	for _, c := range []struct {
		rule    string
		o       handlers.RotatingFileOptions
		before  string
		records []string
		want    map[string]string
	}{
		{
			"the newest backup is 1, and no more than BackupCount are kept",
			handlers.RotatingFileOptions{BackupCount: 2}, "",
			[]string{"1111111", "2222222", "3333333", "4444444"},
			map[string]string{"app.log": "4444444\n", "app.log.1": "3333333\n", "app.log.2": "2222222\n"},
		}, {
			"the file does not reach MaxBytes",
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"1111", "222", "333"},
			map[string]string{"app.log": "333\n", "app.log.1": "1111\n222\n"},
		}, {
			"an empty file takes a record of any length",
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"11111111111111111111", "2"},
			map[string]string{"app.log": "2\n", "app.log.1": "11111111111111111111\n"},
		}, {
			"without backups it grows",
			handlers.RotatingFileOptions{}, "",
			[]string{"1111111", "2222222"},
			map[string]string{"app.log": "1111111\n2222222\n"},
		}, {
			"what is there counts, whatever the mode",
			handlers.RotatingFileOptions{BackupCount: 1, Mode: "w"}, "0000000\n",
			[]string{"1111111"},
			map[string]string{"app.log": "1111111\n", "app.log.1": "0000000\n"},
		}, {
			"bytes are counted: 7 + 2 stay below 10",
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"äöü", "1"},
			map[string]string{"app.log": "äöü\n1\n"},
		}, {
			"and 7 + 3 do not, though in characters they would", // D1
			handlers.RotatingFileOptions{BackupCount: 1}, "",
			[]string{"äöü", "ä"},
			map[string]string{"app.log": "ä\n", "app.log.1": "äöü\n"},
		}, {
			"the namer names backups",
			handlers.RotatingFileOptions{BackupCount: 2, Namer: func(p string) string { return p + ".old" }}, "",
			[]string{"1111111", "2222222", "3333333", "4444444"},
			map[string]string{"app.log": "4444444\n", "app.log.1.old": "3333333\n", "app.log.2.old": "2222222\n"},
		}, {
			"with Delay, too",
			handlers.RotatingFileOptions{BackupCount: 1, Delay: true}, "",
			[]string{"1111111", "2222222"},
			map[string]string{"app.log": "2222222\n", "app.log.1": "1111111\n"},
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			if c.before != "" {
				put(t, filepath.Join(dir, "app.log"), c.before)
			}
			emit(t, rotating(t, dir, c.o), c.records...)
			expect(t, dir, c.want)
		})
	}
}

// The terminator is part of what is counted.
func TestRotatingFileCountsTheTerminator(t *testing.T) {
	dir := t.TempDir()
	long := "\r\n----\r\n"
	h := rotating(t, dir, handlers.RotatingFileOptions{BackupCount: 1, Options: handlers.Options{Terminator: &long}})
	emit(t, h, "1", "2")
	expect(t, dir, map[string]string{"app.log": "2" + long, "app.log.1": "1" + long})
}

// CPython's test_rotator: a rotator that compresses, with its namer.
func TestRotator(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	h := rotating(t, dir, handlers.RotatingFileOptions{
		BackupCount: 2,
		Namer:       func(path string) string { return path + ".gz" },
		Rotator: func(source, dest string) error {
			text, err := os.ReadFile(source)
			if err != nil {
				return err
			}
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			if _, err := w.Write(text); err != nil {
				return err
			}
			if err := errors.Join(w.Close(), os.WriteFile(dest, out.Bytes(), 0o666)); err != nil {
				return err
			}
			return os.Remove(source)
		},
	})
	emit(t, h, "1111111", "2222222", "3333333", "4444444")
	got := files(t, dir)
	for name, want := range map[string]string{"app.log.1.gz": "3333333\n", "app.log.2.gz": "2222222\n"} {
		r, err := gzip.NewReader(strings.NewReader(got[name]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v, want %q", name, text, err, want)
		}
	}
	if got["app.log"] != "4444444\n" || len(got) != 3 {
		t.Errorf("the directory has %q", got)
	}
}

// D5: housekeeping that fails costs no record. It is told to OnError without a
// record, and Handle gives no error.
func TestHousekeepingFails(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		rule   string
		o      handlers.RotatingFileOptions
		before func(t *testing.T, dir string)
		want   error
	}{
		{"a directory where a backup is to be removed", handlers.RotatingFileOptions{}, func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "app.log.1"), 0o777); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"a rotator that fails", handlers.RotatingFileOptions{Rotator: func(string, string) error { return broken }}, nil, broken},
		{"a namer that gives the file's own name", handlers.RotatingFileOptions{
			Namer: func(path string) string { return strings.TrimSuffix(path, ".1") },
		}, nil, fs.ErrExist},
		{"a namer that gives a directory that is not there", handlers.RotatingFileOptions{
			Namer: func(path string) string { return filepath.Join(filepath.Dir(path), "no", "app.log.1") },
		}, nil, fs.ErrNotExist},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			if c.before != nil {
				c.before(t, dir)
			}
			want := files(t, dir)
			var reported reports
			c.o.BackupCount, c.o.OnError = 1, reported.onError
			h := rotating(t, dir, c.o)
			emit(t, h, "1111111", "2222222", "3333333")
			want["app.log"] = "1111111\n2222222\n3333333\n"
			expect(t, dir, want)
			if len(reported) != 2 {
				t.Fatalf("reported %v, want the two rollovers", reported)
			}
			for _, r := range reported {
				if r.message != "-" || c.want != nil && !errors.Is(r.err, c.want) || !strings.Contains(r.err.Error(), "app.log") {
					t.Errorf("reported %v, want %v, about no record, and naming the file", r, c.want)
				}
			}
			if s := handlers.File(h).Stats(); s.Lines != 3 || s.RollFailures != 2 || s.Rolls != 0 {
				t.Errorf("Stats() = %+v, want 3 lines and 2 failures", s)
			}
		})
	}
}

// Roll is doRollover: now, due or not.
func TestRoll(t *testing.T) {
	dir := t.TempDir()
	h := rotating(t, dir, handlers.RotatingFileOptions{BackupCount: 3})
	emit(t, h, "1")
	for range 2 {
		if err := handlers.File(h).Roll(); err != nil {
			t.Fatal(err)
		}
	}
	emit(t, h, "2")
	expect(t, dir, map[string]string{"app.log": "2\n", "app.log.1": "", "app.log.2": "1\n"})
	plain, err := handlers.NewFile(filepath.Join(dir, "plain.log"), nil)
	if err := handlers.File(opened(t, plain, err)).Roll(); err == nil {
		t.Error("Roll of a file without a policy gave no error")
	}
}

// A file that cannot roll over is opened as Mode says.
func TestModeWithoutMaxBytes(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "app.log"), "old\n")
	h, err := handlers.NewRotatingFile(filepath.Join(dir, "app.log"), &handlers.RotatingFileOptions{
		Mode: "w", BackupCount: 1, Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
	})
	emit(t, opened(t, h, err), "new")
	expect(t, dir, map[string]string{"app.log": "new\n"})
}

// What goes beyond Python: permissions, a link, bounds, compression and hooks reach
// the file, for every class that has them.
func TestBeyondPython(t *testing.T) {
	unixOnly(t)
	for _, name := range []string{"Rotating", "TimedRotating"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "made")
			path := filepath.Join(dir, "app.log")
			var told, asked []string
			after := func(backup string) { told = append(told, filepath.Ext(backup)) }
			before := func(path string) error { asked = append(asked, path); return nil }
			link := filepath.Join(dir, "current")
			var h *sluice.Handler
			var err error
			if name == "Rotating" {
				h, err = handlers.NewRotatingFile(path, &handlers.RotatingFileOptions{
					MaxBytes: 10, BackupCount: 9, Perm: 0o600, DirPerm: 0o700, NoFollow: true, Symlink: link, MaxTotalBytes: 60,
					Compress: rotate.Gzip(), AfterRoll: after, BeforeRemove: before,
					Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
				})
			} else {
				h, err = handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{
					When: "D", Perm: 0o600, DirPerm: 0o700, NoFollow: true, Symlink: link, MaxTotalBytes: 60,
					Compress: rotate.Gzip(), AfterRoll: after, BeforeRemove: before,
					Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
				})
			}
			h = opened(t, h, err)
			f := handlers.File(h)
			for range 4 {
				emit(t, h, "1111111")
				if err := f.Roll(); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			st, err := os.Stat(path)
			if err != nil || st.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", st, err)
			}
			if to, err := os.Readlink(link); to != "app.log" || err != nil {
				t.Errorf("the link leads to %q, %v", to, err)
			}
			archives, err := filepath.Glob(path + ".*.gz")
			if err != nil || len(archives) == 0 || len(archives) == 4 || len(asked) != 4-len(archives) || len(told) != 4 {
				t.Errorf("%q, asked for %q, told of %q", archives, asked, told)
			}
		})
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "victim"), "untouched")
	if err := os.Symlink("victim", filepath.Join(dir, "app.log")); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(string, *handlers.FileOptions) (*sluice.Handler, error){"File": handlers.NewFile, "WatchedFile": handlers.NewWatchedFile} {
		if h, err := open(filepath.Join(dir, "app.log"), &handlers.FileOptions{NoFollow: true, Mode: "w"}); err == nil {
			t.Errorf("%s: opened a link", name)
			h.Close()
		}
	}
	expect(t, dir, map[string]string{"victim": "untouched", "app.log": "untouched"})
}
