package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// print writes the suite's tables in Markdown.
func (s *suite) print(w io.Writer, res results) {
	fmt.Fprintf(w, "\n## %s\n\n%s\n\n", s.title, s.note)
	fmt.Fprint(w, "| ns/op (ratio) |")
	for _, col := range s.columns {
		fmt.Fprintf(w, " %s |", col.name)
	}
	fmt.Fprint(w, " allocs/op |\n|---|")
	for range len(s.columns) + 1 {
		fmt.Fprint(w, "---|")
	}
	fmt.Fprintln(w)
	for _, con := range s.contenders {
		fmt.Fprintf(w, "| %s |", con.name)
		for _, col := range s.columns {
			fmt.Fprintf(w, " %s |", s.cellText(res, cell{con.name, col.name}))
		}
		fmt.Fprintf(w, " %s |\n", s.allocsText(res, con))
	}
	s.printGoals(w, res)
}

func (s *suite) cellText(res results, at cell) string {
	if len(res[at]) == 0 {
		return "–"
	}
	text := figure(res.ns(at))
	if r := res.ratios(at, cell{s.base, at.column}); len(r) > 0 {
		text += fmt.Sprintf(" (%.2f×)", median(r))
	}
	return text
}

// allocsText gives the allocations of all columns, one figure if they agree.
func (s *suite) allocsText(res results, con contender) string {
	var all []float64
	for _, col := range s.columns {
		if at := (cell{con.name, col.name}); len(res[at]) > 0 {
			all = append(all, math.Round(res.allocs(at)))
		}
	}
	if len(all) == 0 || math.IsNaN(all[0]) {
		return "–"
	}
	if least, most := slices.Min(all), slices.Max(all); least != most {
		return fmt.Sprintf("%.0f to %.0f", least, most)
	}
	return fmt.Sprintf("%.0f", all[0])
}

func (s *suite) printGoals(w io.Writer, res results) {
	if len(s.goals) == 0 {
		return
	}
	fmt.Fprint(w, "\n| goal | at most | median | rounds from | to | met |\n|---|---|---|---|---|---|\n")
	for _, g := range s.goals {
		r := res.ratios(g.this, g.base)
		if len(r) == 0 {
			continue
		}
		met := "yes"
		if median(r) > g.limit {
			met = "no"
		}
		fmt.Fprintf(w, "| %s / %s | %.2f | %.2f | %.2f | %.2f | %s |\n",
			g.this, g.base, g.limit, median(r), slices.Min(r), slices.Max(r), met)
	}
}

func (c cell) String() string { return c.contender + ", " + c.column }

// figure gives three significant digits.
func figure(ns float64) string {
	if ns >= 100 {
		return strconv.FormatFloat(math.Round(ns), 'f', 0, 64)
	}
	return strconv.FormatFloat(ns, 'g', 3, 64)
}
