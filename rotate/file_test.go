package rotate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	tree{"dir": "<dir>", "file": "x"}.make(t, dir)
	before := treeOf(t, dir)
	for _, c := range []struct {
		rule, path string
		o          *Options
		want       error
		text       string
	}{
		{"no path", "", nil, nil, "the path is empty"},
		{"a directory", "dir", nil, syscall.EISDIR, "dir"},
		{"no such directory", "none/app.log", nil, fs.ErrNotExist, "none/app.log"},
		{"a directory that is a file", "file/app.log", nil, syscall.ENOTDIR, "file/app.log"},
		{"unknown mode", "app.log", &Options{Mode: "r"}, nil, `mode "r"`},
		{"there already", "file", &Options{Mode: "x"}, fs.ErrExist, "file"},
		{"a bad policy", "app.log", &Options{Policy: Timed{When: "X"}}, nil, `when "X"`},
		{"a NUL in the path", "a\x00b", nil, syscall.EINVAL, `a\x00b`},
		{"a NUL in the path, watched", "a\x00b", &Options{Watch: true, Delay: true}, syscall.EINVAL, `a\x00b`},
	} {
		if osSystem().closeFirst && c.want != fs.ErrNotExist && c.want != fs.ErrExist {
			c.want = nil // other systems have other numbers
		}
		path := c.path
		if path != "" {
			path = filepath.Join(dir, filepath.FromSlash(path))
		}
		f, err := Open(path, c.o)
		if err == nil {
			f.Close()
			t.Errorf("%s: opened", c.rule)
			continue
		}
		if c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.rule, err, c.want)
		}
		if !strings.Contains(err.Error(), filepath.FromSlash(c.text)) || !strings.HasPrefix(err.Error(), "rotate: open ") {
			t.Errorf("%s: %v, want something of %s", c.rule, err, c.text)
		}
		before.check(t, dir)
	}
}

func TestOpenRelative(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	f, err := Open("a/../app.log", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Chdir(t.TempDir())
	want, err := filepath.EvalSymlinks(filepath.Join(dir, "app.log"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := filepath.EvalSymlinks(f.Name()); err != nil || got != want {
		t.Errorf("Name() = %s, %v, want %s", f.Name(), err, want)
	}
}

func TestMode(t *testing.T) {
	for _, c := range []struct {
		mode string
		want string
	}{{"", "old\nnew\n"}, {"a", "old\nnew\n"}, {"w", "new\n"}} {
		for _, delay := range []bool{false, true} {
			dir := t.TempDir()
			tree{"app.log": "old\n"}.make(t, dir)
			f := opened(t, dir, Options{Mode: c.mode, Delay: delay})
			write(t, f, "new\n")
			tree{"app.log": c.want}.check(t, dir)
		}
	}
}

func TestDelay(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, Options{Delay: true})
	if err := f.Sync(); err != nil {
		t.Error(err)
	}
	if err := f.Reopen(); err != nil {
		t.Error(err)
	}
	tree{}.check(t, dir)
	write(t, f, "one\n")
	tree{"app.log": "one\n"}.check(t, dir)
}

// Opening fails late: the record is refused, and a file that rolls by size has
// tried once more, as RotatingFileHandler does.
func TestDelayedOpenFails(t *testing.T) {
	for name, c := range map[string]struct {
		policy  Policy
		reports int
	}{"no policy": {nil, 0}, "by size": {Size{}, 1}} {
		dir := t.TempDir()
		tree{"app.log": "old\n"}.make(t, dir)
		reports := 0
		f := opened(t, dir, Options{Policy: c.policy, Mode: "x", Delay: true, OnError: func(err error) {
			if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
			reports++
		}})
		if n, err := f.Write([]byte("new\n")); n != 0 || !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: Write = %d, %v", name, n, err)
		}
		if reports != c.reports {
			t.Errorf("%s: reported %d times, want %d", name, reports, c.reports)
		}
		if s := f.Stats(); s.Refused != 1 || s.Lines != 0 {
			t.Errorf("%s: Stats() = %+v", name, s)
		}
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
		write(t, f, "new\n")
	}
}

func TestClosed(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, Options{Policy: Size{}})
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	}
	_, writeErr := f.Write([]byte("x"))
	_, batchErr := f.WriteBatch([]byte("x"), nil)
	for name, err := range map[string]error{"Write": writeErr, "WriteBatch": batchErr, "Roll": f.Roll(), "Reopen": f.Reopen(), "Sync": f.Sync()} {
		if !errors.Is(err, ErrClosed) || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s after Close = %v", name, err)
		}
	}
	if s := f.Stats(); s.Refused != 2 {
		t.Errorf("Stats().Refused = %d, want 2", s.Refused)
	}
	tree{"app.log": ""}.check(t, dir)
}

func TestRollWithoutPolicy(t *testing.T) {
	f := opened(t, t.TempDir(), Options{})
	if err := f.Roll(); err == nil {
		t.Error("rolled over")
	}
	write(t, f, "one\n")
}

func TestWatch(t *testing.T) {
	unixOnly(t)
	type step func(t *testing.T, dir string)
	move := func(from, to string) step {
		return func(t *testing.T, dir string) {
			if err := rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
				t.Fatal(err)
			}
		}
	}
	drop := func(t *testing.T, dir string) {
		if err := remove(filepath.Join(dir, "app.log")); err != nil {
			t.Fatal(err)
		}
	}
	create := func(t *testing.T, dir string) { tree{"app.log": "theirs\n"}.make(t, dir) }
	nothing := func(*testing.T, string) {}
	for _, c := range []struct {
		rule  string
		o     Options
		steps []step // before each of the records 1, 2, ...
		after tree
	}{
		{"moved", Options{}, []step{nothing, move("app.log", "old.log")}, tree{"old.log": "1\n", "app.log": "2\n"}},
		{"removed", Options{}, []step{nothing, drop}, tree{"app.log": "2\n"}},
		{"replaced", Options{}, []step{nothing, func(t *testing.T, dir string) { move("app.log", "old.log")(t, dir); create(t, dir) }}, tree{"old.log": "1\n", "app.log": "theirs\n2\n"}},
		{"truncated in place is no change", Options{}, []step{nothing, func(t *testing.T, dir string) { tree{"app.log": ""}.make(t, dir) }}, tree{"app.log": "2\n"}},
		{"late: the first record stays (mode w)", Options{Delay: true, Mode: "w"}, []step{nothing, nothing}, tree{"app.log": "1\n2\n"}},
		{"late: it goes on (mode x)", Options{Delay: true, Mode: "x"}, []step{nothing, nothing}, tree{"app.log": "1\n2\n"}},
		{"mode x opens the next file, too", Options{Mode: "x"}, []step{nothing, move("app.log", "old.log")}, tree{"old.log": "1\n", "app.log": "2\n"}},
		{"with a size limit, which is of the new file", Options{Policy: Size{MaxBytes: 6}, Retention: Keep{Backups: 2}}, []step{nothing, move("app.log", "old.log"), nothing, nothing}, tree{"old.log": "1\n", "app.log.1": "2\n3\n", "app.log": "4\n"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			c.o.Watch = true
			c.o.OnError = func(err error) { t.Error(err) }
			f := opened(t, dir, c.o)
			for i, before := range c.steps {
				before(t, dir)
				write(t, f, fmt.Sprintf("%d\n", i+1))
			}
			c.after.check(t, dir)
		})
	}
}

func TestWatchReopenFails(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	f := opened(t, dir, Options{Watch: true})
	write(t, f, "one\n")
	if err := rename(f.Name(), filepath.Join(dir, "old.log")); err != nil {
		t.Fatal(err)
	}
	tree{"app.log": "<dir>"}.make(t, dir)
	for range 2 {
		if _, err := f.Write([]byte("two\n")); !errors.Is(err, syscall.EISDIR) {
			t.Errorf("Write = %v, want that it is a directory", err)
		}
	}
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three\n")
	tree{"old.log": "one\n", "app.log": "three\n"}.check(t, dir)
	if s := f.Stats(); s.Refused != 2 || s.Lines != 2 {
		t.Errorf("Stats() = %+v", s)
	}
}

// A path that cannot be looked at is no reason to lose a record.
func TestWatchBlind(t *testing.T) {
	dir := t.TempDir()
	sys := osSystem()
	sys.watcher = func(path string) (func() (identity, error), error) {
		return func() (identity, error) {
			return identity{}, &fs.PathError{Op: "stat", Path: path, Err: syscall.EACCES}
		}, nil
	}
	var reported []error
	f := openedWith(t, dir, Options{Watch: true, OnError: func(err error) { reported = append(reported, err) }}, sys)
	write(t, f, "one\n")
	tree{"app.log": "one\n"}.check(t, dir)
	if len(reported) != 1 || !errors.Is(reported[0], fs.ErrPermission) {
		t.Errorf("reported %v", reported)
	}
}

// CPython's test_race: 500 records while somebody keeps removing the file.
func TestWatchRace(t *testing.T) {
	unixOnly(t)
	for _, delay := range []bool{false, true} {
		f := opened(t, t.TempDir(), Options{Watch: true, Delay: delay, OnError: func(err error) { t.Error(err) }})
		var done sync.WaitGroup
		done.Go(func() {
			for range 500 {
				_ = os.Remove(f.Name())
				runtime.Gosched()
			}
		})
		for i := range 500 {
			write(t, f, fmt.Sprintf("%d\n", i))
		}
		done.Wait()
	}
}

func TestReopen(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	f := opened(t, dir, Options{Mode: "w"})
	write(t, f, "one\n")
	if err := f.Reopen(); err != nil { // the same file: not emptied
		t.Fatal(err)
	}
	if err := rename(f.Name(), filepath.Join(dir, "old.log")); err != nil {
		t.Fatal(err)
	}
	write(t, f, "two\n")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three\n")
	tree{"old.log": "one\ntwo\n", "app.log": "three\n"}.check(t, dir)
	if s := f.Stats(); s.Reopens != 1 {
		t.Errorf("Stats().Reopens = %d", s.Reopens)
	}
}

// OnError may log into the file that fails, which must end.
func TestOnErrorUsesFile(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": "0000000", "app.log.1": "<dir>"}.make(t, dir)
	var f *File
	f = opened(t, dir, Options{
		Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 1},
		OnError: func(err error) {
			if s := f.Stats(); s.Lines != 1 {
				t.Errorf("OnError before the record was written: %+v", s)
			}
			write(t, f, "failed\n")
		},
	})
	write(t, f, "one\n")
	tree{"app.log": "0000000one\nfailed\n", "app.log.1": "<dir>"}.check(t, dir)
	if s := f.Stats(); s.Failures != 2 {
		t.Errorf("Stats().Failures = %d, want 2", s.Failures)
	}
}

// A hook that panics does not leave the File locked.
func TestHookPanics(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log": "0000000"}.make(t, dir)
	panics := true
	f := opened(t, dir, Options{Policy: Size{MaxBytes: 10}, Retention: Keep{Backups: 1}, Namer: func(p string) string {
		if panics {
			panic("namer")
		}
		return p
	}})
	func() {
		defer func() { _ = recover() }()
		_, _ = f.Write([]byte("one\n"))
	}()
	panics = false
	write(t, f, "two\n")
	tree{"app.log": "two\n", "app.log.1": "0000000"}.check(t, dir)
}

func TestConcurrentWrites(t *testing.T) {
	const writers, records = 8, 300
	dir := t.TempDir()
	f := opened(t, dir, Options{Policy: Size{MaxBytes: 2000}, Retention: Keep{Backups: 1000}, OnError: func(err error) { t.Error(err) }})
	var done sync.WaitGroup
	for w := range writers {
		done.Go(func() {
			for i := range records {
				line := fmt.Appendf(nil, "writer %d record %d\n", w, i)
				var err error
				if i%3 == 0 {
					_, err = f.WriteBatch(line, []int{len(line)})
				} else {
					_, err = f.Write(line)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Go(func() {
		for range 10 {
			if err := f.Roll(); err != nil {
				t.Error(err)
			}
			_ = f.Stats()
		}
	})
	done.Wait()
	seen := map[string]int{}
	for name, content := range treeOf(t, dir) {
		if len(content) >= 2000 {
			t.Errorf("%s has %d bytes", name, len(content))
		}
		for line := range strings.Lines(content) {
			seen[line]++
		}
	}
	if len(seen) != writers*records {
		t.Errorf("%d different lines, want %d", len(seen), writers*records)
	}
	for line, n := range seen {
		if n != 1 {
			t.Errorf("%q is there %d times", line, n)
		}
	}
}

// Big backups are removed beside Write; Close waits for that.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	f, err := Open(filepath.Join(dir, "app.log"), &Options{Policy: Size{MaxBytes: 1}, Retention: Keep{Backups: 1}})
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), 1<<20)
	for range 20 {
		if _, err := f.Write(big); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if s := f.Stats(); s.Removed != 18 {
		t.Errorf("Stats().Removed = %d, want 18", s.Removed)
	}
	if len(treeOf(t, dir)) != 2 {
		t.Errorf("left: %d files", len(treeOf(t, dir)))
	}
	// A goroutine that is done may not have gone yet.
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i > 1e6 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

func TestWriteAllocates(t *testing.T) {
	line := bytes.Repeat([]byte("x"), 200)
	batch := bytes.Repeat(line, 3)
	ends := []int{200, 400, 600}
	for name, o := range map[string]Options{
		"plain": {},
		"size":  {Policy: Size{MaxBytes: 1 << 40}, Retention: Keep{Backups: 1}},
		"timed": {Policy: Timed{When: "midnight"}, Retention: Keep{Backups: 1}},
		"watch": {Watch: true},
	} {
		if name == "watch" && (runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64") {
			continue
		}
		f := opened(t, t.TempDir(), o)
		if n := testing.AllocsPerRun(100, func() { _, _ = f.Write(line) }); n != 0 {
			t.Errorf("%s: Write allocates %v times", name, n)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = f.WriteBatch(batch, ends) }); n != 0 {
			t.Errorf("%s: WriteBatch allocates %v times", name, n)
		}
	}
}

func TestNewFilePermissions(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	f := opened(t, dir, Options{})
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	want, err := os.Stat(plain)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.Stat(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got.Mode() != want.Mode() {
		t.Errorf("mode %v, want %v", got.Mode(), want.Mode())
	}
}

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	if err := makePipe(path); err != nil {
		t.Skip("no named pipes: ", err)
	}
	read := make(chan []byte, 1)
	var done sync.WaitGroup
	done.Go(func() {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		read <- content
	})
	f, err := Open(path, &Options{Policy: Size{MaxBytes: 1}, Retention: Keep{Backups: 1}, OnError: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "one\n", "two\n")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(<-read); got != "one\ntwo\n" {
		t.Errorf("read %q", got)
	}
	done.Wait()
}

func TestSync(t *testing.T) {
	f := opened(t, t.TempDir(), Options{})
	write(t, f, "one\n")
	if err := f.Sync(); err != nil {
		t.Error(err)
	}
}
