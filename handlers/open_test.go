package handlers_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/rotate"
)

// What cannot be opened is an error of the constructor, which says of what class
// and which file, and leaves nothing behind.
func TestOpenErrors(t *testing.T) {
	for _, place := range []struct {
		rule string
		path func(t *testing.T, dir string) string
		want error
	}{
		{"a directory that is not there", func(_ *testing.T, dir string) string {
			return filepath.Join(dir, "no", "app.log")
		}, fs.ErrNotExist},
		{"a directory as the file", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "app.log")
			if err := os.Mkdir(path, 0o777); err != nil {
				t.Fatal(err)
			}
			return path
		}, syscall.EISDIR},
		{"a file as the directory", func(t *testing.T, dir string) string {
			unixOnly(t)
			put(t, filepath.Join(dir, "file"), "")
			return filepath.Join(dir, "file", "app.log")
		}, syscall.ENOTDIR},
		{"a directory that may not be written", func(t *testing.T, dir string) string {
			unixOnly(t)
			if os.Geteuid() == 0 && runtime.GOOS == "linux" {
				return "/sys/app.log" // where not even root may make a file
			}
			dir = filepath.Join(dir, "closed")
			if err := os.Mkdir(dir, 0o555); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(dir, "app.log")
		}, fs.ErrPermission},
		{"a file that is being run", func(t *testing.T, _ string) string {
			if runtime.GOOS != "linux" {
				t.Skip("only Linux refuses that")
			}
			path, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			return path
		}, syscall.ETXTBSY},
	} {
		for _, c := range classes() {
			t.Run(place.rule+"/"+c.name, func(t *testing.T) {
				dir := t.TempDir()
				path := place.path(t, dir)
				before := files(t, dir)
				h, err := c.open(path, common{})
				if h != nil || !errors.Is(err, place.want) {
					// Windows has other numbers for the same.
					if err == nil || runtime.GOOS != "windows" {
						t.Fatalf("gave %v, %v, want %v", h, err, place.want)
					}
				}
				for _, part := range []string{c.name + ": ", path} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q does not say %q", err, part)
					}
				}
				expect(t, dir, before)
			})
		}
	}
}

// What is wrong with the options is told by field and value, before a file is
// made.
func TestOptionErrors(t *testing.T) {
	for _, c := range []struct {
		rule string
		open func(path string) (*sluice.Handler, error)
		want []string
	}{
		{"File: no name", func(string) (*sluice.Handler, error) { return handlers.NewFile("", nil) }, []string{"FileHandler: no file name"}},
		{"Watched: no name", func(string) (*sluice.Handler, error) { return handlers.NewWatchedFile("", nil) }, []string{"WatchedFileHandler: no file name"}},
		{"Rotating: no name", func(string) (*sluice.Handler, error) { return handlers.NewRotatingFile("", nil) }, []string{"RotatingFileHandler: no file name"}},
		{"Timed: no name", func(string) (*sluice.Handler, error) { return handlers.NewTimedRotatingFile("", nil) }, []string{"TimedRotatingFileHandler: no file name"}},
		{"a mode for bytes", func(path string) (*sluice.Handler, error) {
			return handlers.NewFile(path, &handlers.FileOptions{Mode: "ab"})
		}, []string{"FileHandler: ", `mode "ab"`}},
		{"a mode for reading", func(path string) (*sluice.Handler, error) {
			return handlers.NewRotatingFile(path, &handlers.RotatingFileOptions{Mode: "r+"})
		}, []string{"RotatingFileHandler: ", `mode "r+"`}},
		{"no such when", func(path string) (*sluice.Handler, error) {
			return handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{When: "X"})
		}, []string{"TimedRotatingFileHandler: ", `when "X"`}},
		{"a week without its day", func(path string) (*sluice.Handler, error) {
			return handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{When: "W"})
		}, []string{`when "W"`}},
		{"no such weekday", func(path string) (*sluice.Handler, error) {
			return handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{When: "W7"})
		}, []string{`when "W7"`}},
		{"a negative interval", func(path string) (*sluice.Handler, error) {
			return handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{Interval: -2})
		}, []string{"interval -2"}},
		{"no time of day", func(path string) (*sluice.Handler, error) {
			return handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{When: "midnight", AtTime: &rotate.TimeOfDay{Hour: 24}})
		}, []string{"24:00:00"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			h, err := c.open(filepath.Join(dir, "app.log"))
			if err == nil {
				_ = h.Close()
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			expect(t, dir, nil)
		})
	}
}

// Mode x refuses a file that is there.
func TestModeXRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	put(t, path, "old\n")
	for name, open := range map[string]func(string, *handlers.FileOptions) (*sluice.Handler, error){
		"FileHandler": handlers.NewFile, "WatchedFileHandler": handlers.NewWatchedFile,
	} {
		if _, err := open(path, &handlers.FileOptions{Mode: "x"}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: mode x of a file that is there gave %v, want ErrExist", name, err)
		}
	}
	if text, _ := os.ReadFile(path); string(text) != "old\n" {
		t.Errorf("the file has become %q", text)
	}
}

// A path is absolute from the beginning: the program may change its directory.
func TestPathIsAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, c := range classes() {
		h, err := c.open(filepath.Join("sub", "..", c.name), common{})
		h = opened(t, h, err)
		if name := handlers.File(h).Name(); !filepath.IsAbs(name) || filepath.Base(name) != c.name || strings.Contains(name, "..") {
			t.Errorf("%s: the file's name is %q", c.name, name)
		}
	}
}
