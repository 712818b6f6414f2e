package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// scripted is a contender whose operations take the given nanoseconds, round by
// round.
func scripted(name string, ns ...time.Duration) contender {
	round := -1
	return contender{name, func(column) (subject, error) {
		round++
		return subject{run: func(n int) (time.Duration, error) { return time.Duration(n) * ns[round], nil }}, nil
	}}
}

// TestRatioIsWithinARound: a machine that is ten times slower in one round and
// takes a nap in another changes the times, not the ratio.
func TestRatioIsWithinARound(t *testing.T) {
	s := suite{
		base:    "base",
		columns: []column{{name: "c"}},
		contenders: []contender{
			scripted("base", 100, 1000, 100),
			scripted("half", 50, 500, 900),
		},
	}
	res, err := s.run(options{rounds: 3, time: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	half, base := cell{"half", "c"}, cell{"base", "c"}
	if got, want := res.ratios(half, base), []float64{0.5, 0.5, 9}; !slices.Equal(got, want) {
		t.Errorf("ratios %v, want %v", got, want)
	}
	if got := s.cellText(res, half); got != "500 (0.50×)" {
		t.Errorf("cell %q, want the median time and the median ratio", got)
	}
}

func TestAbsentContenderHasNoFigure(t *testing.T) {
	s := suite{
		base:       "base",
		columns:    []column{{name: "c"}},
		contenders: []contender{scripted("there", 100), {"base", func(column) (subject, error) { return subject{}, errAbsent }}},
		goals:      []goal{{cell{"there", "c"}, cell{"base", "c"}, 1}},
	}
	res, err := s.run(options{rounds: 1, time: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s.print(&out, res)
	for _, want := range []string{"| there | 100 |", "| base | – | – |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}} {
		if got := median(c.of); got != c.want {
			t.Errorf("median of %v: %v, want %v", c.of, got, c.want)
		}
	}
}

// racy says that a contender of s, a peer, has data races of its own: phuslu's
// AsyncWriter reads an Entry that its Logger has given out again.
func racy(s suite) bool {
	return slices.ContainsFunc(s.contenders, func(c contender) bool { return strings.Contains(c.name, "AsyncWriter") })
}

// TestSmoke runs every contender and looks for its row. The race detector gets
// those without a peer's own races.
func TestSmoke(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	var names []string
	all := suites(options{memory: dir, disk: dir})
	all = slices.DeleteFunc(all, func(s suite) bool { return raceEnabled && racy(s) })
	for _, s := range all {
		names = append(names, regexp.QuoteMeta(s.name))
	}
	only := "^(" + strings.Join(names, "|") + ")$"
	if err := run([]string{"-smoke", "-time", "1ms", "-memory", dir, "-disk", dir, "-suite", only}, &out); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, c := range s.contenders {
			if !strings.Contains(out.String(), "\n| "+c.name+" |") {
				t.Errorf("%s: no row for %s", s.name, c.name)
			}
		}
		for _, g := range s.goals {
			for _, of := range []cell{g.this, g.base} {
				has := func(c contender) bool { return c.name == of.contender }
				col := func(c column) bool { return c.name == of.column }
				if !slices.ContainsFunc(s.contenders, has) || !slices.ContainsFunc(s.columns, col) {
					t.Errorf("%s: a goal names %q, which is not measured", s.name, of)
				}
			}
		}
	}
}
