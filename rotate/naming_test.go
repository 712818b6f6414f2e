package rotate

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// swapped is a namer that puts the last part of the name first.
func swapped(path string) string {
	dir, b := filepath.Split(path)
	i := strings.LastIndexByte(b, '.')
	return dir + b[i+1:] + "-" + b[:i]
}

func TestDatedBackup(t *testing.T) {
	gz := func(p string) string { return p + ".gz" }
	for _, c := range []struct {
		rule  string
		d     Dated
		name  string
		order string // empty: not a backup
	}{
		{"a date", Dated{When: "D"}, "app.log.2026-03-12", "app.log.2026-03-12\x00000"},
		{"digits are not looked at", Dated{When: "D"}, "app.log.9999-99-99", "app.log.9999-99-99\x00000"},
		{"a number", Dated{When: "D"}, "app.log.2026-03-12.10", "app.log.2026-03-12\x00010"},
		{"the highest number", Dated{When: "D"}, "app.log.2026-03-12.999", "app.log.2026-03-12\x00999"},
		{"no such number", Dated{When: "D"}, "app.log.2026-03-12.1000", ""},
		{"zero is not given", Dated{When: "D"}, "app.log.2026-03-12.0", ""},
		{"nor zeros in front", Dated{When: "D"}, "app.log.2026-03-12.01", ""},
		{"a dot and nothing", Dated{When: "D"}, "app.log.2026-03-12.", ""},
		{"a number without its dot", Dated{When: "D"}, "app.log.2026-03-123", ""},
		{"more after it", Dated{When: "D"}, "app.log.2026-03-12.gz", ""},
		{"a line end after it", Dated{When: "D"}, "app.log.2026-03-12\n", ""},
		{"finer than ours", Dated{When: "D"}, "app.log.2026-03-12_10", ""},
		{"coarser than ours", Dated{When: "H"}, "app.log.2026-03-12", ""},
		{"another file", Dated{When: "D"}, "app.2026-03-12", ""},
		{"the file itself", Dated{When: "D"}, "app.log", ""},
		{"digits of other scripts", Dated{When: "D"}, "app.log.٢٠٢٦-03-12", ""},
		{"an unknown when", Dated{When: "X"}, "app.log.2026-03-12", ""},
		{"seconds", Dated{When: "s"}, "app.log.2026-03-12_10-20-30", "app.log.2026-03-12_10-20-30\x00000"},

		{"named", Dated{"D", gz}, "app.log.2026-03-12.gz", "app.log.2026-03-12.gz\x00000"},
		{"named, with a number", Dated{"D", gz}, "app.log.2026-03-12.7.gz", "app.log.2026-03-12.gz\x00007"},
		{"not as named", Dated{"D", gz}, "app.log.2026-03-12", ""},
		{"the date first", Dated{"D", swapped}, "2026-03-12-app.log", "2026-03-12-app.log\x00000"},
		{"the number first", Dated{"D", swapped}, "12-app.log.2026-03-12", "2026-03-12-app.log\x00012"},
		{"a date inside a longer number", Dated{"D", swapped}, "12026-03-12-app.log", ""},
	} {
		order, ok := c.d.Backup("/var/log/app.log", c.name)
		if order != c.order || ok != (c.order != "") {
			t.Errorf("%s: Backup(%q) = %q, %t, want %q", c.rule, c.name, order, ok, c.order)
		}
	}
}

func TestExpired(t *testing.T) {
	names := []string{
		"app.log", "app.log.2026-03-12.10", "app.log.2026-03-12.9", "app.log.2026-03-13", "app.log.2026-03-12",
		"app.log.2026-03-11", "app.log.2026-03-11.gz", "other.log.2020-01-01",
	}
	all := []string{"app.log.2026-03-11", "app.log.2026-03-12", "app.log.2026-03-12.9", "app.log.2026-03-12.10", "app.log.2026-03-13"}
	for keep, want := range map[int][]string{-1: all, 0: all, 1: all[:4], 3: all[:2], 5: nil, 99: nil} {
		if got := Expired(Dated{When: "D"}, "/var/log/app.log", names, keep); !slices.Equal(got, want) {
			t.Errorf("Expired(keep %d) = %q, want %q", keep, got, want)
		}
	}
}

// Whatever name there is: it is a backup only if it could have been made, and
// the namer that changes nothing changes nothing.
func FuzzDatedBackup(f *testing.F) {
	for _, name := range []string{
		"app.log.2026-03-12", "app.log.2026-03-12.1", "app.log.2026-03-12.999", "app.log.2026-03-12_10-20-30", "app.log.2026-03-12.2026-03-13",
		"app.log..2026-03-12", "12-app.log.2026-03-12", "app.log.2026-03-12\n", "app.log.0000-00-00.01", "\xff.2026-03-12",
	} {
		f.Add(name, "D")
		f.Add(name, "S")
	}
	f.Fuzz(func(t *testing.T, name, when string) {
		if strings.ContainsRune(name, filepath.Separator) {
			return // a directory entry has none
		}
		u, err := parseWhen(when)
		order, ok := Dated{When: when}.Backup("/var/log/app.log", name)
		if ok {
			plain, n, _ := strings.Cut(order, "\x00")
			made := plain
			if n != "000" {
				made += "." + strings.TrimLeft(n, "0")
			}
			date := strings.TrimPrefix(plain, "app.log.")
			if err != nil || made != name || len(date) != len(u.layout) || len(n) != 3 {
				t.Fatalf("Backup(%q) for %q has order %q", name, when, order)
			}
		}
		same := func(path string) string { return path }
		if o2, ok2 := (Dated{When: when, Namer: same}).Backup("/var/log/app.log", name); o2 != order || ok2 != ok {
			t.Fatalf("Backup(%q) for %q: %q %t, with a namer that changes nothing %q %t", name, when, order, ok, o2, ok2)
		}
		for _, n := range numbersIn(name, 3) {
			if s := fmt.Sprint(n); n < 1 || n > 999 || !strings.Contains(name, s) {
				t.Fatalf("numbersIn(%q) has %d", name, n)
			}
		}
	})
}

func TestNumberedBackup(t *testing.T) {
	gz := func(p string) string { return p + ".gz" }
	for _, c := range []struct {
		rule  string
		namer func(string) string
		name  string
		order string // empty: not a backup
	}{
		{"a number", nil, "app.log.1", "999999998"},
		{"an older one", nil, "app.log.12", "999999987"},
		{"the highest", nil, "app.log.999999999", "000000000"},
		{"too high", nil, "app.log.1000000000", ""},
		{"zero is not given", nil, "app.log.0", ""},
		{"nor zeros in front", nil, "app.log.01", ""},
		{"more after it", nil, "app.log.1.gz", ""},
		{"more before it", nil, "myapp.log.1", ""},
		{"the file itself", nil, "app.log", ""},
		{"a dot and nothing", nil, "app.log.", ""},
		{"a sign", nil, "app.log.-1", ""},
		{"digits of other scripts", nil, "app.log.٢", ""},
		{"named", gz, "app.log.7.gz", "999999992"},
		{"not as named", gz, "app.log.7", ""},
		{"the number first", swapped, "12-app.log", "999999987"},
	} {
		order, ok := Numbered{c.namer}.Backup("/var/log/app.log", c.name)
		if order != c.order && ok || ok != (c.order != "") {
			t.Errorf("%s: Backup(%q) = %q, %t, want %q", c.rule, c.name, order, ok, c.order)
		}
	}
	names := []string{"app.log", "app.log.1", "app.log.10", "app.log.2", "app.log.x", "app.log.9"}
	if got := Expired(Numbered{}, "/var/log/app.log", names, 2); !slices.Equal(got, []string{"app.log.10", "app.log.9"}) {
		t.Errorf("Expired = %q", got)
	}
}

// A name is a backup exactly if it is what its number makes.
func FuzzNumberedBackup(f *testing.F) {
	for _, name := range []string{"app.log.1", "app.log.999999999", "app.log.01", "app.log", "1-app.log", "app.log.1.2", "app.log.1\n"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsRune(name, filepath.Separator) {
			return
		}
		order, ok := Numbered{}.Backup("/var/log/app.log", name)
		if ok {
			var i int
			if n, err := fmt.Sscanf(order, "%09d", &i); n != 1 || err != nil || fmt.Sprintf("app.log.%d", beyondNumbers-1-i) != name {
				t.Fatalf("Backup(%q) has order %q", name, order)
			}
		}
		same := func(path string) string { return path }
		if o2, ok2 := (Numbered{same}).Backup("/var/log/app.log", name); ok2 != ok || ok && o2 != order {
			t.Fatalf("Backup(%q): %q %t, with a namer that changes nothing %q %t", name, order, ok, o2, ok2)
		}
	})
}
