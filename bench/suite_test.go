package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// scripted is a contender whose trials take the given times.
func scripted(name string, ns ...float64) contender {
	i := 0
	return contender{name, func(column) trial {
		return func(time.Duration) (sample, error) {
			i++
			return sample{ns: ns[i-1]}, nil
		}
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
	res, err := s.run(3, options{})
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

// TestSmoke runs every contender and looks for its row.
func TestSmoke(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	if err := run([]string{"-smoke", "-time", "1ms", "-memory", dir, "-disk", dir}, &out); err != nil {
		t.Fatal(err)
	}
	for _, s := range suites(options{memory: dir, disk: dir}) {
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
