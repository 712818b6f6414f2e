package rotate

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func packed(t *testing.T, c *Compression, content string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := c.writer(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unpacked is a directory's files with the archives' contents.
func unpacked(t *testing.T, dir string) tree {
	t.Helper()
	got := treeOf(t, dir)
	for name, content := range got {
		c := Gzip()
		switch filepath.Ext(name) {
		case ".zst":
			c = Zstd()
		case ".gz":
		default:
			continue
		}
		if strings.HasPrefix(content, "-> ") || content == "<dir>" {
			continue
		}
		r, err := c.reader(strings.NewReader(content))
		if err != nil {
			got[name] = fmt.Sprintf("no archive: %q", content)
			continue
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			got[name] = fmt.Sprintf("no whole archive: %q", content)
			continue
		}
		got[name] = "packed " + string(plain)
	}
	return got
}

func (want tree) checkUnpacked(t *testing.T, dir string) {
	t.Helper()
	if got := unpacked(t, dir); !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestCompress(t *testing.T) {
	for _, c := range []struct {
		rule          string
		o             Options
		before, after tree
		records       int
	}{
		{"gzip", Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 3}, Compress: Gzip()}, tree{},
			tree{"app.log": "000002\n", "app.log.1.gz": "packed 000001\n", "app.log.2.gz": "packed 000000\n"}, 3},
		{"zstd", Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 3}, Compress: Zstd()}, tree{},
			tree{"app.log": "000002\n", "app.log.1.zst": "packed 000001\n", "app.log.2.zst": "packed 000000\n"}, 3},
		{"archives count as backups", Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 2}, Compress: Gzip()}, tree{},
			tree{"app.log": "000004\n", "app.log.1.gz": "packed 000003\n", "app.log.2.gz": "packed 000002\n"}, 5},
		{"those of another format, too", Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 3}, Compress: Gzip()},
			tree{"app.log.1.zst": packed(t, Zstd(), "old\n"), "app.log.2.gz": packed(t, Gzip(), "older\n"), "app.log.3": "oldest\n", "app.log": "0000000\n"},
			tree{"app.log": "000000\n", "app.log.1.gz": "packed 0000000\n", "app.log.2.zst": "packed old\n", "app.log.3.gz": "packed older\n"}, 1},
		{"an empty backup", Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 3}, Compress: Gzip()},
			tree{"app.log.1": ""}, tree{"app.log": "000000\n", "app.log.1.gz": "packed "}, 1},
		{"a namer's names", Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 1}, Compress: Gzip(), Namer: swapped}, tree{},
			tree{"app.log": "000002\n", "1-app.log.gz": "packed 000001\n"}, 3},
		{"others' files are left", Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 1}, Compress: Gzip()},
			tree{"app.log.1.bz2": "x", "app.log.01": "x", "app.log.gz": "x", "app.log.2": "x"},
			tree{"app.log": "000001\n", "app.log.1.gz": "packed 000000\n", "app.log.1.bz2": "x", "app.log.01": "x", "app.log.gz": "no archive: \"x\"", "app.log.2.gz": "packed x"}, 2},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			c.before.make(t, dir)
			c.o.OnError = func(err error) { t.Error(err) }
			f := opened(t, dir, c.o)
			for i := range c.records {
				write(t, f, fmt.Sprintf("%06d\n", i))
				if f.sys.closeFirst {
					// A Windows that is older than 10 keeps the name of what is removed
					// while it is read, so the next rollover might be refused.
					f.closing.Wait()
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			c.after.checkUnpacked(t, dir)
		})
	}
}

func TestCompressDated(t *testing.T) {
	for _, c := range []*Compression{Gzip(), Zstd()} {
		dir := t.TempDir()
		f := opened(t, dir, Options{
			Policy: SizeAndTime{Size: Size{MaxBytes: 8}, Timed: Timed{When: "D"}}, Retention: Keep{Backups: 4}, Compress: c,
			OnError: func(err error) { t.Error(err) },
		})
		tree{"app.log.2020-01-01": "old\n"}.make(t, dir)
		fill(t, f, 10)
		f.Close()
		got := unpacked(t, dir)
		var all strings.Builder
		for _, name := range slices.SortedFunc(maps.Keys(got), func(a, b string) int { return len(a) - len(b) }) {
			all.WriteString(got[name])
		}
		if len(got) != 5 || strings.Count(all.String(), "packed") != 4 {
			t.Errorf("%v: %q", c, got)
		}
	}
}

// An archive has its backup's time of the last write, and the permissions.
func TestCompressKeeps(t *testing.T) {
	dir := t.TempDir()
	tree{"app.log.1": "x"}.make(t, dir)
	aged(t, dir, "app.log.1", 5*time.Hour)
	if err := os.Chmod(filepath.Join(dir, "app.log.1"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(filepath.Join(dir, "app.log.1"))
	if err != nil {
		t.Fatal(err)
	}
	opened(t, dir, Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 1}, Compress: Gzip()}).Close()
	after, err := os.Stat(filepath.Join(dir, "app.log.1.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if d := after.ModTime().Sub(before.ModTime()).Abs(); d > time.Millisecond || after.Mode() != before.Mode() {
		t.Errorf("%v %v, was %v %v", after.ModTime(), after.Mode(), before.ModTime(), before.Mode())
	}
}

// stopped makes a system in which the worker waits in front of its first archive.
func stopped() (sys system, entered, leave chan struct{}) {
	sys = osSystem()
	entered, leave = make(chan struct{}), make(chan struct{})
	first := true
	real := sys.open
	sys.open = func(name string, flag int, perm fs.FileMode) (handle, error) {
		if strings.HasSuffix(name, ".archive.sluice") && first {
			first = false
			close(entered)
			<-leave
		}
		return real(name, flag, perm)
	}
	return sys, entered, leave
}

// While a backup is compressed the file rolls over as if it were not, and nothing
// is lost.
func TestRollsWhileCompressing(t *testing.T) {
	unixOnly(t)
	for _, keep := range []int{1, 2, 9} {
		for _, rolls := range []int{1, 2, 3, 8} {
			dir := t.TempDir()
			sys, entered, leave := stopped()
			var told []string
			f := openedWith(t, dir, Options{
				Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: keep}, Compress: Gzip(),
				AfterRoll: func(path string) { told = append(told, path) },
				OnError:   func(err error) { t.Error(err) },
			}, sys)
			fill(t, f, 2)
			<-entered
			for i := range rolls {
				write(t, f, fmt.Sprintf("%06d\n", 2+i)) // returns while the worker waits
			}
			close(leave)
			f.Close()
			want := tree{"app.log": fmt.Sprintf("%06d\n", 1+rolls)}
			for i := 1; i <= min(keep, 1+rolls); i++ {
				want[fmt.Sprintf("app.log.%d.gz", i)] = fmt.Sprintf("packed %06d\n", 1+rolls-i)
			}
			want.checkUnpacked(t, dir)
			for _, path := range told {
				if filepath.Ext(path) != ".gz" {
					t.Errorf("told %q", told)
				}
			}
			if len(told) != min(keep, 1+rolls) {
				t.Errorf("keep %d, %d rolls: told %q", keep, rolls, told)
			}
		}
	}
}

// The total is what is left after compression.
func TestCompressTotal(t *testing.T) {
	dir := t.TempDir()
	line := strings.Repeat("x", 9999) + "\n"
	f := opened(t, dir, Options{
		Policy: Size{MaxBytes: 10001}, Retention: Keep{Backups: 99, MaxTotalBytes: 1000}, Compress: Gzip(),
		OnError: func(err error) { t.Error(err) },
	})
	for range 40 {
		write(t, f, line)
	}
	f.Close()
	total, backups := 0, 0
	for name, content := range treeOf(t, dir) {
		if name != "app.log" {
			total += len(content)
			backups++
		}
	}
	if total > 1000 || total < 900 || backups < 10 {
		t.Errorf("%d backups of %d bytes", backups, total)
	}
}
