package lumberjack

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// tree is a directory's files by name; a directory is "<dir>". Archives are shown
// by what is in them.
type tree map[string]string

func (want tree) check(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := tree{}
	for _, e := range entries {
		got[e.Name()] = "<dir>"
		if !e.IsDir() {
			got[e.Name()] = content(t, filepath.Join(dir, e.Name()))
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		if z, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
			if b, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
	}
	return string(b)
}

// at is the name of a backup that was made so many days after the bubble began.
func at(day int) string {
	return "foobar-" + time.Date(2000, 1, 1+day, 0, 0, 0, 0, time.UTC).Format("2006-01-02T15-04-05.000") + ".log"
}

func tomorrow() { time.Sleep(24 * time.Hour) }

// inBubble runs f with a Logger of dir/foobar.log whose MaxSize counts bytes. The
// clock begins with the year 2000.
func inBubble(t *testing.T, l *Logger, f func(t *testing.T, dir string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l.Filename = filepath.Join(dir, "foobar.log")
		l.unit = 1
		if l.OnError == nil {
			l.OnError = func(err error) { t.Error(err) }
		}
		f(t, dir)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func write(t *testing.T, l *Logger, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatalf("Write(%q) = %d, %v", line, n, err)
		}
	}
}

func put(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The cases of lumberjack's own tests, where the two agree.

func TestNewFile(t *testing.T) {
	l := &Logger{}
	inBubble(t, l, func(t *testing.T, dir string) {
		tree{}.check(t, dir) // nothing before the first Write
		write(t, l, "boo!")
		tree{"foobar.log": "boo!"}.check(t, dir)
	})
}

func TestOpenExisting(t *testing.T) {
	l := &Logger{}
	inBubble(t, l, func(t *testing.T, dir string) {
		put(t, dir, "foobar.log", "foo!")
		write(t, l, "boo!")
		tree{"foobar.log": "foo!boo!"}.check(t, dir)
	})
}

func TestMakeLogDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	l := &Logger{Filename: filepath.Join(dir, "foobar.log")}
	write(t, l, "boo!")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	tree{"foobar.log": "boo!"}.check(t, dir)
}

func TestDefaultFilename(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP"} {
		t.Setenv(name, dir)
	}
	l := &Logger{}
	write(t, l, "boo!")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	tree{filepath.Base(os.Args[0]) + "-lumberjack.log": "boo!"}.check(t, dir)
}

func TestAutoRotate(t *testing.T) {
	l := &Logger{MaxSize: 10}
	inBubble(t, l, func(t *testing.T, dir string) {
		write(t, l, "boo!")
		tomorrow()
		write(t, l, "foooooo!")
		tree{"foobar.log": "foooooo!", at(1): "boo!"}.check(t, dir)
	})
}

func TestFirstWriteRotate(t *testing.T) {
	l := &Logger{MaxSize: 10}
	inBubble(t, l, func(t *testing.T, dir string) {
		put(t, dir, "foobar.log", "boooooo!")
		tomorrow()
		write(t, l, "fooo!")
		tree{"foobar.log": "fooo!", at(1): "boooooo!"}.check(t, dir)
	})
}

func TestMaxBackups(t *testing.T) {
	l := &Logger{MaxSize: 10, MaxBackups: 1}
	inBubble(t, l, func(t *testing.T, dir string) {
		write(t, l, "boo!")
		tomorrow()
		write(t, l, "foooooo!")
		tree{"foobar.log": "foooooo!", at(1): "boo!"}.check(t, dir)
		tomorrow()
		write(t, l, "baaaaaar!")
		tree{"foobar.log": "baaaaaar!", at(2): "foooooo!"}.check(t, dir)
		put(t, dir, "foobar.log.foo", "data") // not ours
		tomorrow()
		write(t, l, "baaaaaaz!")
		tree{"foobar.log": "baaaaaaz!", at(3): "baaaaaar!", "foobar.log.foo": "data"}.check(t, dir)
	})
}

// What is there before counts too, compressed or not.
func TestCleanupExistingBackups(t *testing.T) {
	l := &Logger{MaxSize: 10, MaxBackups: 1, Compress: true}
	inBubble(t, l, func(t *testing.T, dir string) {
		put(t, dir, at(0), "data")
		put(t, dir, at(1)+".gz", "data")
		put(t, dir, at(2), "data")
		put(t, dir, "foobar.log", "data")
		time.Sleep(72 * time.Hour)
		write(t, l, "foooooo!")
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		tree{"foobar.log": "foooooo!", at(3) + ".gz": "data"}.check(t, dir)
	})
}

// Unlike lumberjack's, a backup's age counts from its last line.
func TestMaxAge(t *testing.T) {
	l := &Logger{MaxSize: 10, MaxAge: 1}
	inBubble(t, l, func(t *testing.T, dir string) {
		line := func(s string) {
			write(t, l, s)
			// File times are real.
			if err := os.Chtimes(l.Filename, time.Time{}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		line("boo!")
		tomorrow()
		line("foooooo!")
		tree{"foobar.log": "foooooo!", at(1): "boo!"}.check(t, dir)
		tomorrow()
		line("baaaaar!")
		tree{"foobar.log": "baaaaar!", at(2): "foooooo!"}.check(t, dir)
	})
}

func TestLocalTime(t *testing.T) {
	l := &Logger{MaxSize: 10, LocalTime: true}
	inBubble(t, l, func(t *testing.T, dir string) {
		write(t, l, "boo!", "fooooooo!")
		name := "foobar-" + time.Now().Format("2006-01-02T15-04-05.000") + ".log"
		tree{"foobar.log": "fooooooo!", name: "boo!"}.check(t, dir)
	})
}

func TestRotate(t *testing.T) {
	l := &Logger{MaxSize: 100, MaxBackups: 1}
	inBubble(t, l, func(t *testing.T, dir string) {
		write(t, l, "boo!")
		tomorrow()
		if err := l.Rotate(); err != nil {
			t.Fatal(err)
		}
		tree{"foobar.log": "", at(1): "boo!"}.check(t, dir)
		tomorrow()
		if err := l.Rotate(); err != nil { // also an empty file
			t.Fatal(err)
		}
		tree{"foobar.log": "", at(2): ""}.check(t, dir)
		write(t, l, "foooooo!")
		tree{"foobar.log": "foooooo!", at(2): ""}.check(t, dir)
	})
}

// Before the first Write, Rotate renames a file that is there and makes one that
// is not.
func TestRotateFirst(t *testing.T) {
	l := &Logger{}
	inBubble(t, l, func(t *testing.T, dir string) {
		if err := l.Rotate(); err != nil {
			t.Fatal(err)
		}
		tree{"foobar.log": ""}.check(t, dir)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		put(t, dir, "foobar.log", "old")
		if err := l.Rotate(); err != nil {
			t.Fatal(err)
		}
		tree{"foobar.log": "", at(0): "old"}.check(t, dir)
	})
}

func TestCompressOnRotate(t *testing.T) {
	l := &Logger{Compress: true, MaxSize: 10}
	inBubble(t, l, func(t *testing.T, dir string) {
		write(t, l, "boo!")
		tomorrow()
		if err := l.Rotate(); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		tree{"foobar.log": "", at(1) + ".gz": "boo!"}.check(t, dir)
	})
}

func TestMaintainMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs POSIX permissions")
	}
	for _, mode := range []os.FileMode{0, 0o600, 0o644} { // 0: a new file
		l := &Logger{Compress: mode == 0o644}
		inBubble(t, l, func(t *testing.T, dir string) {
			if mode != 0 {
				put(t, dir, "foobar.log", "")
				if err := os.Chmod(l.Filename, mode); err != nil {
					t.Fatal(err)
				}
			}
			write(t, l, "boo!")
			if err := l.Rotate(); err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			want := mode
			if want == 0 {
				want = 0o600
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 2 {
				t.Fatalf("%v, %v", entries, err)
			}
			for _, e := range entries {
				if fi, err := e.Info(); err != nil || fi.Mode() != want {
					t.Errorf("%s: %v, want %v (%v)", e.Name(), fi.Mode(), want, err)
				}
			}
		})
	}
}

func TestJSON(t *testing.T) {
	var l Logger
	err := json.Unmarshal([]byte(`{"filename": "foo", "maxsize": 5, "maxage": 10, "maxbackups": 3, "localtime": true, "compress": true}`), &l)
	if want := (settings{"foo", 5, 10, 3, true, true}); err != nil || l.settings() != want {
		t.Errorf("%+v, %v", l.settings(), err)
	}
}

// The rules that lumberjack does not keep.
