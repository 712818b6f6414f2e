package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// numberedFiles returns the contents of app.log and its backups, the oldest first.
func numberedFiles(t testing.TB, got tree) []string {
	t.Helper()
	delete(got, ".app.log.sluice")
	var files []string
	for i := len(got) - 1; i >= 1; i-- {
		name := fmt.Sprintf("app.log.%d", i)
		content, ok := got[name]
		if !ok {
			content, ok = got[name+".gz"]
		}
		if !ok {
			t.Errorf("there is no %s: %q", name, slices.Sorted(maps.Keys(got)))
		}
		files = append(files, strings.TrimPrefix(content, "packed "))
	}
	return append(files, got["app.log"])
}

// TestSharedProcesses: processes that write one file and roll it over lose, tear
// and double no record.
func TestSharedProcesses(t *testing.T) {
	needsSharing(t)
	for _, c := range []struct {
		rule      string
		processes int
		task      processTask
	}{
		{"2 processes", 2, processTask{Goroutines: 1, Records: 4000, Max: 16 << 10, Backups: 999, Grace: -1}},
		{"4 processes", 4, processTask{Goroutines: 4, Records: 1000, Max: 64 << 10, Backups: 999}},
		{"8 processes", 8, processTask{Goroutines: 1, Records: 1500, Max: 64 << 10, Backups: 999, Grace: -1}},
		{"two Files in each", 2, processTask{Goroutines: 4, Files: 2, Records: 1000, Max: 16 << 10, Backups: 999, Grace: -1}},
		{"compressed", 3, processTask{Goroutines: 2, Records: 500, Max: 16 << 10, Backups: 999, Grace: -1, Compress: true}},
		{"compressed after a grace", 2, processTask{Goroutines: 2, Records: 200, Max: 8 << 10, Backups: 999, Grace: 50 * time.Millisecond, Compress: true}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			c.task.Path = filepath.Join(dir, "app.log")
			startProcesses(t, c.processes, c.task)()
			got := unpacked(t, dir)
			for name, content := range got {
				if plain := strings.TrimPrefix(content, "packed "); int64(len(plain)) >= c.task.Max && name != ".app.log.sluice" {
					t.Errorf("%s has %d bytes", name, len(plain))
				}
				if c.task.Compress && name != "app.log" && name != ".app.log.sluice" && !strings.HasSuffix(name, ".gz") {
					t.Errorf("%s is not compressed", name)
				}
			}
			checkNumbered(t, numberedFiles(t, got), c.processes, c.task)
		})
	}
}

// TestSharedTimed: of processes whose period ends one rolls over.
func TestSharedTimed(t *testing.T) {
	needsSharing(t)
	dir := t.TempDir()
	task := processTask{Path: filepath.Join(dir, "app.log"), Goroutines: 2, Records: 12000, Max: 1 << 30, When: "S"}
	// By the clock of new files, whose last tick may be long ago.
	probe := filepath.Join(t.TempDir(), "probe")
	if err := os.WriteFile(probe, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(probe)
	if err != nil {
		t.Fatal(err)
	}
	began := fi.ModTime()
	startProcesses(t, 3, task)()
	ended := time.Now()
	got := treeOf(t, dir)
	delete(got, ".app.log.sluice")
	var files []string
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if name != "app.log" {
			files = append(files, got[name])
		}
		if strings.Count(name, ".") > 2 {
			t.Errorf("%s: two rollovers in a period", name)
		}
	}
	if most := ended.Unix() - began.Unix(); int64(len(files)) > most {
		t.Errorf("%d backups from %v to %v", len(files), began, ended)
	}
	checkNumbered(t, append(files, got["app.log"]), 3, task)
}

// TestSharedNames: the dates that several Files give do not overlap, and go on
// where another one's have ended.
func TestSharedNames(t *testing.T) {
	needsSharing(t)
	dir := t.TempDir()
	o := Options{
		Policy: SizeAndTime{Size{MaxBytes: 10}, Timed{When: "D", UTC: true}}, Shared: &Shared{Grace: -1},
		OnError: func(err error) { t.Error(err) },
	}
	a, b := opened(t, dir, o), opened(t, dir, o)
	for i := range 6 {
		write(t, a, fmt.Sprintf("a %d....\n", i))
		if err := os.Remove(a.state.Last); i == 3 && err != nil {
			t.Error(err)
		}
		write(t, b, fmt.Sprintf("b %d....\n", i))
	}
	if a.Stats().Next != b.Stats().Next {
		t.Errorf("one period ends %v, the other %v", a.Stats().Next, b.Stats().Next)
	}
	last := b.state.Last
	c := opened(t, dir, o)
	if c.state.Last != last || c.Stats().Next != a.Stats().Next {
		t.Errorf("one that is opened later goes on from %s, %v; want %s, %v", c.state.Last, c.Stats().Next, last, a.Stats().Next)
	}
	if s := a.Stats(); s.Rolls+b.Stats().Rolls != 11 || s.Reopens == 0 {
		t.Errorf("Stats() = %+v and %+v", s, b.Stats())
	}
}

// TestSharedForeign: a program that appends without the lock, and follows the name,
// loses nothing, and what others have cut off gets its end.
func TestSharedForeign(t *testing.T) {
	needsSharing(t)
	dir := t.TempDir()
	f := opened(t, dir, Options{Policy: Size{MaxBytes: 35}, Retention: Keep{Backups: 9}, Shared: &Shared{}})
	foreign := func(text string) {
		h, err := os.OpenFile(f.Name(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
		if err == nil {
			_, err = h.WriteString(text)
			err = errors.Join(err, h.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(t, f, "ours\n")
	foreign("theirs\n")
	write(t, f, "ours 2\n")
	foreign("torn")
	write(t, f, "ours 3\n")
	tree{"app.log": "ours\ntheirs\nours 2\ntorn\nours 3\n"}.checkBut(t, dir)
	write(t, f, "ours 3b\n")
	tree{"app.log": "ours 3b\n", "app.log.1": "ours\ntheirs\nours 2\ntorn\nours 3\n"}.checkBut(t, dir)
	if err := os.Rename(f.Name(), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	write(t, f, "ours 4\n")
	foreign("theirs 4\n")
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	write(t, f, "ours 5\n")
	if got := treeOf(t, dir); got["app.log"] != "ours 5\n" || got["moved"] != "ours 3b\n" {
		t.Errorf("%q", got)
	}
}

// checkBut is check without the sidecar.
func (want tree) checkBut(t *testing.T, dir string) {
	t.Helper()
	got := treeOf(t, dir)
	want[".app.log.sluice"] = got[".app.log.sluice"]
	want.check(t, dir)
}

// TestSharedSidecarGone: somebody removes the sidecar. Those that have it open
// still roll over one after the other.
func TestSharedSidecarGone(t *testing.T) {
	needsSharing(t)
	dir := t.TempDir()
	o := Options{Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 99}, Shared: &Shared{}, OnError: func(err error) { t.Error(err) }}
	a, b := opened(t, dir, o), opened(t, dir, o)
	for i := range 9 {
		if err := os.Remove(filepath.Join(dir, ".app.log.sluice")); err != nil {
			t.Fatal(err)
		}
		write(t, a, fmt.Sprintf("line %d\n", 2*i))
		write(t, b, fmt.Sprintf("line %d\n", 2*i+1))
	}
	if !a.sharing.side.id.same(b.sharing.side.id) {
		t.Error("they have different sidecars")
	}
	got := treeOf(t, dir)
	for i, content := range numberedFiles(t, got) {
		if want := fmt.Sprintf("line %d\n", i); content != want {
			t.Errorf("%q, want %q", content, want)
		}
	}
}

// TestSharedGrace: a backup stays as long as others may still write to it.
func TestSharedGrace(t *testing.T) {
	needsSharing(t)
	dir := t.TempDir()
	o := Options{Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 2}, Shared: &Shared{Grace: time.Hour}}
	f := opened(t, dir, o)
	for i := range 6 {
		write(t, f, fmt.Sprintf("line %d\n", i))
	}
	if got := numberedFiles(t, treeOf(t, dir)); len(got) != 6 {
		t.Errorf("%q", got)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, n := range []string{"4", "5"} {
		if err := os.Chtimes(filepath.Join(dir, "app.log."+n), old, old); err != nil {
			t.Fatal(err)
		}
	}
	write(t, f, "line 6\n")
	if got := numberedFiles(t, treeOf(t, dir)); strings.Join(got, "") != "line 2\nline 3\nline 4\nline 5\nline 6\n" {
		t.Errorf("%q", got)
	}
}

// TestSharedStarved: who has no processor for seconds after it has made the sidecar does
// not take it for what a process has left that was killed.
func TestSharedStarved(t *testing.T) {
	needsSharing(t)
	sys := osSystem()
	open := sys.open
	sys.open = func(name string, flag int, perm fs.FileMode) (handle, error) {
		h, err := open(name, flag, perm)
		if err == nil && flag&os.O_EXCL != 0 {
			err = h.SetModTime(time.Now().Add(-time.Minute))
		}
		return h, err
	}
	f := openedWith(t, t.TempDir(), Options{Shared: &Shared{}, OnError: func(err error) { t.Error(err) }}, sys)
	write(t, f, "one\n")
}

// TestSharedArchiveOvertaken: a process that was to wait for one archive, and comes to it
// when the next one is there, may lock that before the process that has made it.
func TestSharedArchiveOvertaken(t *testing.T) {
	needsSharing(t)
	dir := t.TempDir()
	sys := osSystem()
	open := sys.open
	var late handle
	sys.open = func(name string, flag int, perm fs.FileMode) (handle, error) {
		h, err := open(name, flag, perm)
		if err == nil && strings.HasSuffix(name, ".archive.sluice") && late == nil {
			if late, err = open(name, os.O_RDWR, 0); err == nil {
				err = late.Lock(false)
			}
		}
		return h, err
	}
	f := openedWith(t, dir, Options{
		Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 3}, Shared: &Shared{Grace: -1}, Compress: Gzip(),
		OnError: func(err error) { t.Error(err) },
	}, sys)
	fill(t, f, 2)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if late == nil {
		t.Fatal("nothing was compressed")
	}
	if err := late.Close(); err != nil {
		t.Error(err)
	}
	got := unpacked(t, dir)
	delete(got, ".app.log.sluice")
	if want := (tree{"app.log": "000001\n", "app.log.1.gz": "packed 000000\n"}); !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestSharedRefused(t *testing.T) {
	if !canShare {
		if _, err := Open(filepath.Join(t.TempDir(), "app.log"), &Options{Shared: &Shared{}}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Open = %v", err)
		}
		return
	}
	dir := t.TempDir()
	for _, mode := range []string{"w", "x"} {
		if _, err := Open(filepath.Join(dir, "app.log"), &Options{Shared: &Shared{}, Mode: mode}); err == nil {
			t.Errorf("mode %s is taken", mode)
		}
	}
	tree{}.check(t, dir)
	tree{".app.log.sluice": "<dir>"}.make(t, dir)
	if _, err := Open(filepath.Join(dir, "app.log"), &Options{Shared: &Shared{}}); err == nil {
		t.Error("a directory for a sidecar is taken")
	}
	tree{".app.log.sluice": "<dir>"}.check(t, dir)
	dir = t.TempDir()
	tree{"app.log": "<dir>"}.make(t, dir)
	if _, err := Open(filepath.Join(dir, "app.log"), &Options{Shared: &Shared{}}); err == nil {
		t.Error("a directory for a file is taken")
	}
	tree{"app.log": "<dir>"}.check(t, dir)
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, ".x.log.sluice")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "x.log"), &Options{Shared: &Shared{}}); err == nil {
		t.Error("a link for a sidecar is taken")
	}
}

func needsSharing(t testing.TB) {
	t.Helper()
	if !canShare {
		t.Skip("needs flock")
	}
}
