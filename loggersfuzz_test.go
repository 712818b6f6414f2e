package sluice_test

import (
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
)

// parents gives what CPython's Manager looks through for a logger's parent,
// nearest first: what is before each dot but one that comes first.
func parents(name string) []string {
	var ps []string
	for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		ps = append(ps, name[:i])
	}
	return ps
}

// FuzzLoggers: whatever the names, and in whatever order the loggers come into
// being, each goes by its own level or that of its nearest parent that has one.
func FuzzLoggers(f *testing.F) {
	f.Add("a\na.b\na.b.c", uint64(2))
	f.Add("a.b.c\n.\n..\n...\na.\n.a\na..b\nroot\nroot.x\n", uint64(0xffff))
	f.Add("spam.eggs\nspam.eggs.\nspam\n\xff.\x00", uint64(5))
	f.Fuzz(func(t *testing.T, text string, levels uint64) {
		const most = 64
		names := strings.Split(text, "\n")
		names = names[:min(len(names), most)]
		l := sluice.NewLoggers(nil)
		want := map[string]sluice.Level{}
		for i, name := range names {
			if levels>>i&1 == 0 {
				l.Logger(name)
				continue
			}
			level := sluice.Level(i + 1)
			l.SetLevel(name, level)
			if name == "root" {
				name = ""
			}
			want[name] = level
		}
		root, ok := want[""]
		if !ok {
			root = sluice.Warning
		}
		for _, name := range names {
			expect := root
			if name != "root" {
				for _, p := range append([]string{name}, parents(name)...) {
					if level, ok := want[p]; ok && p != "" {
						expect = level
						break
					}
				}
			}
			if got := l.EffectiveLevel(name); got != expect {
				t.Errorf("%q of %q goes by %d, want %d", name, names, int(got), int(expect))
			}
			if h := l.Handler(name); !h.Admits(expect) || h.Admits(expect-1) {
				t.Errorf("%q does not admit exactly %d and above", name, int(expect))
			}
			if l.Logger(name) != l.Logger(name) {
				t.Errorf("%q is another logger each time", name)
			}
		}
		for _, name := range l.Names() {
			if name == "" || name == "root" {
				t.Errorf("the root is among the names as %q", name)
			}
		}
	})
}
