package rotate

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKeepExpired(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	all := []backup{} // a is the oldest
	for i, size := range []int64{10, 20, 30, 40} {
		all = append(all, backup{paths: []string{string(rune('a' + i))}, size: size, total: size, last: now.Add(time.Duration(i-4) * time.Hour)})
	}
	for _, c := range []struct {
		rule string
		keep Keep
		free int64
		want string
	}{
		{"no bound", Keep{}, 0, ""},
		{"a number", Keep{Backups: 3}, 0, "a"},
		{"a number that is not reached", Keep{Backups: 9}, 0, ""},
		{"an age", Keep{MaxAge: 150 * time.Minute}, 0, "ab"},
		{"an age to the instant", Keep{MaxAge: 3 * time.Hour}, 0, "a"},
		{"a total that all fill", Keep{MaxTotalBytes: 100}, 0, ""},
		{"a total", Keep{MaxTotalBytes: 99}, 0, "a"},
		{"a total that only the newest is in", Keep{MaxTotalBytes: 69}, 0, "abc"},
		{"a total that the newest exceeds", Keep{MaxTotalBytes: 39}, 0, "abcd"},
		{"enough is free", Keep{MinFree: 100}, 100, ""},
		{"the oldest gives it", Keep{MinFree: 100}, 90, "a"},
		{"the oldest does not give it", Keep{MinFree: 100}, 89, "ab"},
		{"all do not give it", Keep{MinFree: 1000}, 0, "abcd"},
		{"what goes anyway gives space, too", Keep{MinFree: 100, Backups: 2}, 70, "ab"},
		{"and what is too old", Keep{MinFree: 100, MaxAge: 150 * time.Minute}, 70, "ab"},
		{"the strictest wins", Keep{Backups: 3, MaxTotalBytes: 70, MaxAge: 24 * time.Hour}, 0, "ab"},
	} {
		var got strings.Builder
		for _, b := range c.keep.expired(all, now, c.free) {
			got.WriteString(b.paths[0])
		}
		if got.String() != c.want {
			t.Errorf("%s: removes %q, want %q", c.rule, got.String(), c.want)
		}
	}
}

// aged makes a file that was last written to so long ago.
func aged(t *testing.T, dir, name string, age time.Duration) {
	t.Helper()
	at := time.Now().Add(-age)
	if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
		t.Fatal(err)
	}
}

func TestRetention(t *testing.T) {
	unixOnly(t) // where every file gives the clock its time
	others := tree{"app.log.bak": "x", "app.log.01": "x", "other.log.1": "x", ".app.log": "x", "app.log.1.gz": "x"}
	size := Size{MaxBytes: 8}
	timed := Timed{When: "S", UTC: true}
	for _, c := range []struct {
		rule   string
		o      Options
		before tree // with "<age> " in front
		after  []string
	}{
		{"numbers: an age", Options{Policy: size, Retention: Keep{Backups: 9, MaxAge: time.Hour}},
			tree{"app.log.1": "0m 1", "app.log.2": "50m 2", "app.log.3": "70m 3", "app.log.4": "71m 4", "app.log.12": "1000h 5"},
			[]string{"app.log", "app.log.1", "app.log.2", "app.log.3"}},
		{"numbers: a total", Options{Policy: size, Retention: Keep{Backups: 9, MaxTotalBytes: 12}},
			tree{"app.log.1": "0m 11111", "app.log.2": "0m 2", "app.log.3": "0m 3"},
			[]string{"app.log", "app.log.1", "app.log.2"}},
		{"numbers: beyond the highest nothing is looked at without a bound", Options{Policy: size, Retention: Keep{Backups: 2}},
			tree{"app.log.1": "0m 1", "app.log.2": "0m 2", "app.log.3": "0m 3"},
			[]string{"app.log", "app.log.1", "app.log.2", "app.log.3"}},
		{"dates: a number", Options{Policy: timed, Retention: Keep{Backups: 2}},
			tree{"app.log.2026-01-01_00-00-00": "0m 1", "app.log.2026-01-02_00-00-00": "0m 1", "app.log.2026-01-02_00-00-00.1": "0m 1"},
			[]string{"app.log", "app.log.2026-01-02_00-00-00.1", "app.log.new"}},
		{"dates: an age, though Backups keeps all", Options{Policy: timed, Retention: Keep{MaxAge: time.Hour}},
			tree{"app.log.2026-01-01_00-00-00": "2h 1", "app.log.2026-01-02_00-00-00": "59m 1"},
			[]string{"app.log", "app.log.2026-01-02_00-00-00", "app.log.new"}},
		{"size and time: a total", Options{Policy: SizeAndTime{Timed: timed}, Retention: Keep{MaxTotalBytes: 10}},
			tree{"app.log.2026-01-01_00-00-00": "2h 123", "app.log.2026-01-02_00-00-00": "59m 123"},
			[]string{"app.log", "app.log.2026-01-02_00-00-00", "app.log.new"}},
		{"named: an age", Options{Policy: size, Retention: Keep{Backups: 9, MaxAge: time.Hour}, Namer: swapped},
			tree{"1-app.log": "2h 1", "2-app.log": "2h 2", "3-app.log.1": "2h x"},
			[]string{"app.log", "1-app.log", "3-app.log.1"}},
		{"a namer with one answer, the file's own", Options{Policy: timed, Retention: Keep{MaxAge: time.Hour}, Namer: func(p string) string { return filepath.Join(filepath.Dir(p), "app.log") }},
			tree{}, []string{"app.log"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			others.make(t, dir)
			for name, content := range c.before {
				age, content, _ := strings.Cut(content, " ")
				d, err := time.ParseDuration(age)
				if err != nil {
					t.Fatal(err)
				}
				tree{name: content}.make(t, dir)
				aged(t, dir, name, d)
			}
			tree{"app.log": "1234567"}.make(t, dir)
			f := opened(t, dir, c.o)
			_ = f.Roll() // by name the last case cannot
			got := slices.Sorted(maps.Keys(treeOf(t, dir)))
			var want []string
			for _, name := range append(c.after, slices.Collect(maps.Keys(others))...) {
				if name == "app.log.new" {
					name = filepath.Base(f.state.Last)
				}
				want = append(want, name)
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("left %q, want %q", got, want)
			}
		})
	}
}

// fill writes so many files' worth of records, one a file.
func fill(t *testing.T, f *File, n int) {
	t.Helper()
	for i := range n {
		write(t, f, fmt.Sprintf("%06d\n", i))
	}
}

func TestMinFree(t *testing.T) {
	dir := t.TempDir()
	sys := osSystem()
	free := int64(1000)
	sys.free = func(string) (int64, error) { return free, nil }
	f := openedWith(t, dir, Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 9, MinFree: 1000}}, sys)
	fill(t, f, 5)
	free = 986 // two files of 7 bytes short
	fill(t, f, 1)
	got := treeOf(t, dir)
	if len(got) != 4 || got["app.log.3"] == "" {
		t.Errorf("%q", got)
	}
}

func TestMinFreeUnknown(t *testing.T) {
	sys := osSystem()
	sys.free = func(string) (int64, error) { return 0, errors.ErrUnsupported }
	dir := t.TempDir()
	if _, err := open(filepath.Join(dir, "app.log"), Options{Policy: Timed{When: "D"}, Retention: Keep{MinFree: 1}}, sys); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("open = %v", err)
	}
	tree{}.check(t, dir)
}

func TestFreeBytes(t *testing.T) {
	free, err := freeBytes(t.TempDir())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system does not say what is free")
	}
	if err != nil || free <= 0 {
		t.Errorf("freeBytes = %d, %v", free, err)
	}
	if _, err := freeBytes(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a directory that is not there has free space")
	}
}

func TestBeforeRemove(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		first  string // the oldest backup's name
	}{
		{Size{MaxBytes: 8}, "app.log.3"},
		{SizeAndTime{Size: Size{MaxBytes: 8}, Timed: Timed{When: "D"}}, ""},
	} {
		t.Run(fmt.Sprintf("%T", c.policy), func(t *testing.T) {
			dir := t.TempDir()
			var asked []string
			var reported []error
			refuse := errors.New("not uploaded yet")
			f := opened(t, dir, Options{
				Policy: c.policy, Retention: Keep{Backups: 2},
				BeforeRemove: func(path string) error {
					asked = append(asked, filepath.Base(path))
					return refuse
				},
				OnError: func(err error) { reported = append(reported, err) },
			})
			fill(t, f, 4)
			if len(asked) != 1 || c.first != "" && asked[0] != c.first || len(reported) != 1 || !errors.Is(reported[0], refuse) {
				t.Fatalf("asked for %q, reported %v", asked, reported)
			}
			fill(t, f, 1)
			if got := treeOf(t, dir); len(got) != 5 || len(asked) != 3 {
				t.Errorf("refused: asked for %q, left %q", asked, got)
			}
			if s := f.Stats(); s.Spared != 3 || s.Removed != 0 || s.Rolls != 4 || s.RollFailures != 0 || s.Failures != 3 {
				t.Errorf("Stats() = %+v", s)
			}
			refuse = nil
			fill(t, f, 1)
			if got := treeOf(t, dir); len(got) != 3 {
				t.Errorf("granted: left %q", got)
			}
			if s := f.Stats(); s.Removed != 3 {
				t.Errorf("Stats() = %+v", s)
			}
		})
	}
}

func TestAfterRoll(t *testing.T) {
	dir := t.TempDir()
	var told []string
	var f *File
	f = opened(t, dir, Options{
		Policy: SizeAndTime{Size: Size{MaxBytes: 8}, Timed: Timed{When: "D"}}, AfterRoll: func(backup string) {
			content, err := os.ReadFile(backup)
			if err != nil {
				t.Error(err)
			}
			told = append(told, string(content))
			f.Stats() // the File is not locked
		},
	})
	fill(t, f, 20)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for i, content := range told {
		if content != fmt.Sprintf("%06d\n", i) {
			t.Errorf("told %q as number %d", content, i)
		}
	}
	if len(told) != 19 {
		t.Errorf("told of %d backups", len(told))
	}
}

// A backup that moves on, or goes, before its turn comes.
func TestAfterRollLate(t *testing.T) {
	dir := t.TempDir()
	var told []string
	entered, start := make(chan struct{}, 9), make(chan struct{})
	f := opened(t, dir, Options{
		Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 2}, AfterRoll: func(backup string) {
			entered <- struct{}{}
			<-start
			told = append(told, filepath.Base(backup))
		},
	})
	fill(t, f, 2)
	<-entered
	fill(t, f, 4)
	close(start)
	f.Close()
	if !slices.Equal(told, []string{"app.log.1", "app.log.2", "app.log.1"}) {
		t.Errorf("told %q", told)
	}
}

// TestRetentionFault makes every call of the removal fail: nothing but what is to
// go goes, it is reported, and the next record makes up for it.
func TestRetentionFault(t *testing.T) {
	for _, kind := range []string{"list", "lstat", "remove", "free"} {
		for k := 1; ; k++ {
			dir := t.TempDir()
			tree{"app.log.1": "1", "app.log.2": "2", "app.log.3": "3"}.make(t, dir)
			aged(t, dir, "app.log.2", 2*time.Hour)
			aged(t, dir, "app.log.3", 3*time.Hour)
			x := &faults{err: syscall.EIO}
			var reported []error
			f := openedWith(t, dir, Options{
				Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 9, MaxAge: time.Hour, MinFree: 1}, OnError: func(err error) { reported = append(reported, err) },
			}, x.system())
			fill(t, f, 1)
			x.kind, x.k = kind, x.calls[kind]+k
			fill(t, f, 1)
			failed := x.calls[kind] >= x.k
			x.k = 0
			if failed != (len(reported) > 0) && kind != "lstat" { // of which a rollover has its own
				t.Errorf("%s %d: reported %v", kind, k, reported)
			}
			fill(t, f, 1)
			got := slices.Sorted(maps.Keys(treeOf(t, dir)))
			if len(got) < 3 || len(got) > 4 || !slices.Contains(got, "app.log") || slices.Contains(got, "app.log.4") {
				t.Errorf("%s %d: left %q", kind, k, got)
			}
			if !failed {
				break
			}
		}
	}
}
