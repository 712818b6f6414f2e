package rotate

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// hundreds names backups app.100.log, app.200.log and so on, or in a directory of
// their own; it plans their moves like Size, without an end.
type hundreds struct{ max int64 }

func (p hundreds) Due(s State, n int, _ time.Time) bool {
	return s.Size > 0 && s.Size+int64(n) > p.max
}
func (p hundreds) Next(time.Time) time.Time { return time.Time{} }
func (p hundreds) Plan(s State, _ time.Time, taken func(string) bool) []Move {
	name := func(i int) string { return strings.TrimSuffix(s.Base, ".log") + fmt.Sprintf(".%d.log", 100*i) }
	var moves []Move
	last := 1
	for taken(name(last)) {
		last++
	}
	for i := last - 1; i >= 1; i-- {
		moves = append(moves, Move{name(i), name(i + 1)})
	}
	return append(moves, Move{s.Base, name(1)})
}

// TestJournalKilled stops a process in front of every call of a rollover that no
// heuristic of names could finish, and opens the file anew: what was begun is
// finished, without a hole, and nothing is missing or there twice.
func TestJournalKilled(t *testing.T) {
	needsKeys(t)
	down := func(path string) string {
		return filepath.Join(filepath.Dir(path), "old", filepath.Base(path))
	}
	size := Size{MaxBytes: 8}
	for _, c := range []struct {
		rule string
		o    Options
		name func(i int) string
	}{
		{"fewer backups than are kept", Options{Policy: size, Retention: Keep{Backups: 99}}, func(i int) string { return fmt.Sprintf("app.log.%d", i) }},
		{"asked before removal", Options{Policy: size, Retention: Keep{Backups: 99}, BeforeRemove: func(string) error { return nil }}, func(i int) string { return fmt.Sprintf("app.log.%d", i) }},
		{"a policy of one's own", Options{Policy: hundreds{8}}, func(i int) string { return fmt.Sprintf("app.%d.log", 100*i) }},
		{"another directory", Options{Policy: size, Retention: Keep{Backups: 99}, Namer: down}, func(i int) string { return fmt.Sprintf("old/app.log.%d", i) }},
		{"durable", Options{Policy: size, Retention: Keep{Backups: 99}, Durable: true}, func(i int) string { return fmt.Sprintf("app.log.%d", i) }},
		{"shared", Options{Policy: size, Retention: Keep{Backups: 99}, Shared: &Shared{Grace: -1}}, func(i int) string { return fmt.Sprintf("app.log.%d", i) }},
	} {
		for k := 1; ; k++ {
			name := fmt.Sprintf("%s, killed before call %d", c.rule, k)
			dir := t.TempDir()
			tree{"old": "<dir>"}.make(t, dir)
			x := &faults{kind: crash}
			f, err := open(dir+"/app.log", c.o, x.system())
			if err != nil {
				t.Fatal(err)
			}
			var accepted []string
			for i := range 6 {
				if i == 4 {
					x.arm(crash, k)
				}
				record := fmt.Sprintf("%06d\n", i)
				if _, err := f.Write([]byte(record)); err == nil {
					accepted = append(accepted, record)
				}
			}
			f.Close()
			killed := x.struck()
			o := c.o
			o.OnError = func(err error) {
				if !errors.Is(err, errNoteEmpty) { // killed before it was written
					t.Errorf("%s: %v", name, err)
				}
			}
			f, err = open(dir+"/app.log", o, (&faults{}).system())
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			var all []string
			for i := 9; i >= 1; i-- {
				content, err := os.ReadFile(filepath.Join(dir, c.name(i)))
				if err == nil {
					all = append(all, string(content))
				} else if len(all) > 0 {
					t.Errorf("%s: there is no %s: %q", name, c.name(i), treeOf(t, dir))
				}
			}
			content, err := os.ReadFile(filepath.Join(dir, "app.log"))
			if err != nil {
				t.Error(err)
			}
			got := strings.Join(append(all, string(content)), "")
			if want := strings.Join(accepted, ""); got != want && got != want+"000005\n" && got != want+"000004\n" {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
			left := treeOf(t, dir)
			if share := c.o.Shared != nil; (left[".app.log.sluice"] != "") != share {
				t.Errorf("%s: the journal is %q", name, left[".app.log.sluice"])
			}
			if !killed {
				break
			}
		}
	}
}

// TestJournalOfALiving: a process that shares the file finishes what another one was
// killed in, before it rolls over itself.
func TestJournalOfALiving(t *testing.T) {
	needsSharing(t)
	o := Options{Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 3}, Shared: &Shared{Grace: -1}, OnError: func(error) {}}
	for k := 1; ; k++ {
		dir := t.TempDir()
		living := opened(t, dir, o)
		for i := range 5 {
			write(t, living, fmt.Sprintf("%06d\n", i))
		}
		x := &faults{kind: crash}
		f, err := open(dir+"/app.log", o, x.system())
		if err != nil {
			t.Fatal(err)
		}
		x.arm(crash, k)
		last := 4
		if _, err := f.Write([]byte("000005\n")); err == nil {
			last = 5
		}
		killed := x.struck()
		// What the system does for a process that is killed.
		if h, ok := f.sharing.side.h.(faultyHandle); ok {
			h.handle.Close()
		}
		for i := last + 1; i <= last+2; i++ {
			write(t, living, fmt.Sprintf("%06d\n", i))
		}
		got := treeOf(t, dir)
		var all strings.Builder
		for i := 3; i >= 1; i-- {
			all.WriteString(got[fmt.Sprintf("app.log.%d", i)])
		}
		all.WriteString(got["app.log"])
		want := fmt.Sprintf("%06d\n%06d\n%06d\n", last, last+1, last+2)
		if !strings.HasSuffix(all.String(), want) || len(got) > 5 {
			t.Errorf("killed before call %d: %q, want the end %q", k, got, want)
		}
		if !killed {
			break
		}
		f.file.(faultyHandle).handle.Close()
	}
}

// TestJournalUnread: what is not understood is reported, the file is written, and
// nothing is removed.
func TestJournalUnread(t *testing.T) {
	good := string(note{steps: []intended{{"1:2", "app.log", "app.log.1"}, {"1:3", "app.log.1", "app.log.2"}}}.append(nil))
	for _, c := range []struct {
		rule, journal string
		stays         bool // for ever
		err           error
	}{
		{"empty", "", false, errNoteEmpty},
		{"garbled", good[:len(good)-4], false, errNoteGarbled},
		{"a bit", strings.Replace(good, "move", "mowe", 1), false, errNoteGarbled},
		{"newer", "sluice 2 something else\n", true, errNoteNewer},
		{"directory", "<dir>", true, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			before := tree{
				"app.log": "0", "app.log.1": "1", "app.log.2": "2", "app.log.3": "3",
				".app.log.3.sluice": "older", ".app.log.sluice": c.journal,
			}
			before.make(t, dir)
			var reported []error
			o := Options{Policy: Size{MaxBytes: 6}, Retention: Keep{Backups: 3}, OnError: func(err error) { reported = append(reported, err) }}
			f := opened(t, dir, o)
			before.check(t, dir)
			write(t, f, "new\n")
			if len(reported) != 2 || c.err != nil && !errors.Is(reported[0], c.err) {
				t.Errorf("reported %v", reported)
			}
			write(t, f, "rolls\n")
			got := treeOf(t, dir)
			if got["app.log"] != "rolls\n" || got["app.log.1"] != "0new\n" || got["app.log.2"] != "1" || got["app.log.3"] != "2" {
				t.Errorf("%q", got)
			}
			if journal, ok := got[".app.log.sluice"]; ok != c.stays || ok && journal != c.journal {
				t.Errorf("the journal is %q, %t", journal, ok)
			}
		})
	}
}

// TestJournalOfOthers: a journal says nothing of files that are no longer the same,
// are elsewhere, or that stand in each other's way.
func TestJournalOfOthers(t *testing.T) {
	needsKeys(t)
	dir := t.TempDir()
	tree{"app.log": "0", "app.log.1": "1", "app.log.2": "2", "victim": "v"}.make(t, dir)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("o"), 0o666); err != nil {
		t.Fatal(err)
	}
	key := func(name string) string {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		fi, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		return identityOf(fi).key()
	}
	for _, c := range []struct {
		rule     string
		steps    []intended
		reported int
	}{
		{"not the same any more", []intended{{"1:2", "app.log.1", "app.log.5"}, {"1:3", "app.log.2", ""}}, 0},
		{"the name is taken", []intended{{key("app.log.1"), "app.log.1", "app.log.2"}, {key("app.log"), "app.log", "app.log.1"}}, 1},
		{"elsewhere", []intended{{key(outside), outside, ""}, {key("app.log"), "app.log", "app.log.7"}}, 1},
		{"out of the directory", []intended{{key(outside), "../" + filepath.Base(filepath.Dir(outside)) + "/outside", ""}, {key("app.log"), "app.log", "../app.log"}}, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			before := treeOf(t, dir)
			if err := os.WriteFile(filepath.Join(dir, ".app.log.sluice"), note{steps: c.steps}.append(nil), 0o666); err != nil {
				t.Fatal(err)
			}
			reported := 0
			f, err := Open(filepath.Join(dir, "app.log"), &Options{OnError: func(error) { reported++ }})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			got := treeOf(t, dir)
			delete(got, ".app.log.sluice")
			delete(before, ".app.log.sluice")
			if !maps.Equal(got, before) || reported != c.reported {
				t.Errorf("reported %d, %q, want %q", reported, got, before)
			}
			if _, err := os.Stat(outside); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNote(t *testing.T) {
	for _, n := range []note{
		{},
		{since: time.Unix(1774749600, 0), file: "801:2a", last: "app.log.2026-03-28"},
		{steps: []intended{{"1:2", "a b\n\"c\"", "\x00\xff"}, {"1:3", "/x/y", ""}}},
	} {
		got, err := parseNote(append(n.append(nil), "left from a longer one"...))
		if err != nil || !got.since.Equal(n.since) || got.file != n.file || got.last != n.last || !slices.Equal(got.steps, n.steps) {
			t.Errorf("%+v became %+v, %v", n, got, err)
		}
	}
}

func FuzzNote(f *testing.F) {
	f.Add(note{since: time.Unix(1, 0), file: "801:2a", last: "x", steps: []intended{{"1:2", "a", "b"}, {"1:3", "c", ""}}}.append(nil))
	f.Add([]byte("sluice 2 00000000 00000000\n"))
	f.Add([]byte("sluice 1 ffffffff 00000000\n"))
	f.Fuzz(func(t *testing.T, p []byte) {
		n, err := parseNote(p)
		if err != nil {
			return
		}
		again, err := parseNote(n.append(nil))
		if err != nil || !again.since.Equal(n.since) || again.file != n.file || again.last != n.last || !slices.Equal(again.steps, n.steps) {
			t.Errorf("%+v became %+v, %v", n, again, err)
		}
	})
}
