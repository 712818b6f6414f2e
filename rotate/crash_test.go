package rotate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestKilled stops a process in front of every call that it makes while it rolls
// over and compresses, and opens the file anew. Nothing that was written is
// missing or there twice, no backup was removed too early, and nothing is half
// done.
func TestKilled(t *testing.T) {
	unixOnly(t)
	for _, share := range []*Shared{nil, {Grace: -1}} {
		for _, c := range []*Compression{nil, Gzip(), Zstd()} {
			testKilled(t, c, share)
		}
	}
}

func testKilled(t *testing.T, c *Compression, share *Shared) {
	if share != nil && !canShare {
		return
	}
	for _, keep := range []int{1, 3} {
		for k := 1; ; k++ {
			dir := t.TempDir()
			o := Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: keep}, Compress: c, Shared: share}
			x := &faults{kind: crash}
			f, err := open(dir+"/app.log", o, x.system())
			if err != nil {
				t.Fatal(err)
			}
			const records = 7
			fill(t, f, 4)
			x.arm(crash, k)
			last := 3
			for i := 4; i < records; i++ {
				if _, err := fmt.Fprintf(f, "%06d\n", i); err == nil {
					last = i
				}
			}
			f.Close()
			killed := x.struck()

			o.OnError = func(err error) {
				if !errors.Is(err, errNoteEmpty) { // killed before it was written
					t.Error(err)
				}
			}
			f, err = open(dir+"/app.log", o, (&faults{}).system())
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("%v, keep %d, shared %t, killed before call %d", c, keep, share != nil, k)
			got := unpacked(t, dir)
			delete(got, ".app.log.sluice")
			checkKilled(t, name, got, c, keep, last)
			if !killed {
				if k < 20 {
					t.Errorf("only %d calls", k)
				}
				break
			}
		}
	}
}

func checkKilled(t *testing.T, name string, got tree, c *Compression, keep, last int) {
	t.Helper()
	var all strings.Builder
	names := slices.Sorted(maps.Keys(got))
	slices.Reverse(names) // the oldest first
	for _, file := range names {
		plain, isPacked := strings.CutPrefix(got[file], "packed ")
		all.WriteString(plain)
		if file != "app.log" && isPacked != (c != nil) || strings.HasPrefix(file, ".") {
			t.Errorf("%s: there is %s: %q", name, file, got)
			return
		}
	}
	records := strings.SplitAfter(all.String(), "\n")
	records = records[:len(records)-1]
	// Where every record has a file of its own, one less than the backups and the
	// file itself may be there if the file is empty.
	if len(records) < keep || len(got) > keep+1 {
		t.Errorf("%s: %d records in %q", name, len(records), got)
		return
	}
	for i, r := range records {
		if want := fmt.Sprintf("%06d\n", last-len(records)+1+i); r != want {
			t.Errorf("%s: %q where %q was to be, last %d: %q", name, r, want, last, got)
			return
		}
	}
}

func TestTidy(t *testing.T) {
	unixOnly(t)
	gz := func(s string) string { return packed(t, Gzip(), s) }
	size := Options{Policy: Size{MaxBytes: 99}, Retention: Keep{Backups: 3}}
	zipped := size
	zipped.Compress = Gzip()
	dated := Options{Policy: Timed{When: "D"}, Compress: Gzip()}
	for _, c := range []struct {
		rule          string
		o             Options
		before, after tree
		reported      int
	}{
		{"killed after the last was put aside", size, tree{"app.log": "0", "app.log.1": "1", "app.log.2": "2", ".app.log.3.sluice": "3"},
			tree{"app.log": "0", "app.log.1": "1", "app.log.2": "2", "app.log.3": "3"}, 0},
		{"after the first had moved", size, tree{"app.log": "0", "app.log.1": "1", "app.log.3": "2", ".app.log.3.sluice": "3"},
			tree{"app.log": "0", "app.log.1": "1", "app.log.2": "2", "app.log.3": "3"}, 0},
		{"after the second", size, tree{"app.log": "0", "app.log.2": "1", "app.log.3": "2", ".app.log.3.sluice": "3"},
			tree{"app.log": "0", "app.log.1": "1", "app.log.2": "2", "app.log.3": "3"}, 0},
		{"after the file itself", size, tree{"app.log.1": "0", "app.log.2": "1", "app.log.3": "2", ".app.log.3.sluice": "3"},
			tree{"app.log": "", "app.log.1": "0", "app.log.2": "1", "app.log.3": "2"}, 0},
		{"archives", zipped, tree{"app.log": "0", "app.log.1.gz": gz("1"), "app.log.3.gz": gz("2"), ".app.log.3.gz.sluice": gz("3")},
			tree{"app.log": "0", "app.log.1.gz": "packed 1", "app.log.2.gz": "packed 2", "app.log.3.gz": "packed 3"}, 0},
		{"half an archive", zipped, tree{"app.log": "0", "app.log.1": "1", ".app.log.archive.sluice": gz("1")[:5]},
			tree{"app.log": "0", "app.log.1.gz": "packed 1"}, 0},
		{"an archive and its backup", zipped, tree{"app.log": "0", "app.log.1": "1", "app.log.1.gz": gz("1")},
			tree{"app.log": "0", "app.log.1.gz": "packed 1"}, 0},
		{"an archive that is not its", zipped, tree{"app.log": "0", "app.log.1": "1", "app.log.1.gz": gz("1")[:9]},
			tree{"app.log": "0", "app.log.1": "1", "app.log.1.gz": fmt.Sprintf("no archive: %q", gz("1")[:9])}, 1},
		{"a backup that was not compressed", dated, tree{"app.log": "", "app.log.2026-01-01": "1", "app.log.2026-01-01.1": "2"},
			tree{"app.log": "", "app.log.2026-01-01.gz": "packed 1", "app.log.2026-01-01.1.gz": "packed 2"}, 0},
		{"without Compress none is touched", size, tree{"app.log": "", "app.log.1": "1", ".app.log.archive.sluice": "x", ".app.log.1.gz.sluice": "x"},
			tree{"app.log": "", "app.log.1": "1", ".app.log.1.gz.sluice": "x"}, 0},
		{"what is not ours", zipped, tree{"app.log": "", ".app.log.sluice": "x", ".app.log.x.sluice": "x", "app.log.3.sluice": "x", ".other.log.3.sluice": "x", ".app.log.03.sluice": "x"},
			tree{"app.log": "", ".app.log.sluice": "x", ".app.log.x.sluice": "x", "app.log.3.sluice": "x", ".other.log.3.sluice": "x", ".app.log.03.sluice": "x"}, 1}, // no journal at that
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			c.before.make(t, dir)
			var reported []error
			c.o.OnError = func(err error) { reported = append(reported, err) }
			f, err := Open(dir+"/app.log", &c.o)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			c.after.checkUnpacked(t, dir)
			if len(reported) != c.reported {
				t.Errorf("reported %v", reported)
			}
		})
	}
}
