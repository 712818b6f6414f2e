package rotate

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	_ "time/tzdata"
)

// tree is a directory's files by name; a directory is "<dir>", a link "-> to".
type tree map[string]string

func (want tree) make(t *testing.T, dir string) {
	t.Helper()
	for name, content := range want {
		path := filepath.Join(dir, name)
		var err error
		switch to, link := strings.CutPrefix(content, "-> "); {
		case content == "<dir>":
			err = os.Mkdir(path, 0o777)
		case link:
			err = os.Symlink(to, path)
		default:
			err = os.WriteFile(path, []byte(content), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func treeOf(t *testing.T, dir string) tree {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := tree{}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir():
			got[e.Name()] = "<dir>"
		case e.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			if err != nil {
				t.Fatal(err)
			}
			got[e.Name()] = "-> " + to
		default:
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got[e.Name()] = string(content)
		}
	}
	return got
}

func (want tree) check(t *testing.T, dir string) {
	t.Helper()
	got := treeOf(t, dir)
	if maps.Equal(got, want) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if w, ok := want[name]; !ok {
			t.Errorf("%s: %q, want no such file", name, got[name])
		} else if w != got[name] {
			t.Errorf("%s: %q, want %q", name, got[name], w)
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s: no such file, want %q", name, want[name])
		}
	}
}

// opened opens dir/app.log and closes it when the test ends.
func opened(t *testing.T, dir string, o Options) *File {
	t.Helper()
	return openedWith(t, dir, o, osSystem())
}

func openedWith(t *testing.T, dir string, o Options, sys system) *File {
	t.Helper()
	f, err := open(filepath.Join(dir, "app.log"), o, sys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func write(t *testing.T, f *File, records ...string) {
	t.Helper()
	for _, r := range records {
		if n, err := f.Write([]byte(r)); n != len(r) || err != nil {
			t.Fatalf("Write(%q) = %d, %v", r, n, err)
		}
	}
}

// unixOnly skips a test of what only POSIX systems have, or let others do.
func unixOnly(t *testing.T) {
	t.Helper()
	if osSystem().closeFirst {
		t.Skip("needs POSIX files")
	}
}
