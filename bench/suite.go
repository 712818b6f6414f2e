package main

import (
	"fmt"
	"slices"
)

// suite is one table: contenders down, columns across, and what the ratios of
// its cells should be.
type suite struct {
	name       string
	title      string
	note       string
	base       string // the contender that the others are compared with
	columns    []column
	contenders []contender
	goals      []goal
}

// column is what all contenders of a cell's column are given.
type column struct {
	name       string
	goroutines int
	dir        string // a directory of the file system to write to
	setting    setting
}

// contender is one row. Its trial for a column is nil where it has none.
type contender struct {
	name  string
	trial func(c column) trial
}

// goal is an upper bound for the ratio of two cells. It is reported and never
// fails a run: machines differ and are busy.
type goal struct {
	this, base cell
	limit      float64
}

type cell struct{ contender, column string }

// results has the samples of each cell, one a round.
type results map[cell][]sample

// run measures every cell once a round, in turns from the first to the last and
// from the last to the first, so that a drift of the machine favors none.
func (s *suite) run(rounds int, o options) (results, error) {
	res := results{}
	for round := range rounds {
		for _, col := range s.columns {
			order := slices.Clone(s.contenders)
			if round%2 == 1 {
				slices.Reverse(order)
			}
			for _, con := range order {
				trial := con.trial(col)
				if trial == nil {
					continue
				}
				got, err := trial(o.time)
				if err != nil {
					return nil, fmt.Errorf("%s: %s, %s: %w", s.name, con.name, col.name, err)
				}
				at := cell{con.name, col.name}
				res[at] = append(res[at], got)
			}
		}
	}
	return res, nil
}

// ns gives the median time of the cell at.
func (r results) ns(at cell) float64 {
	return median(r.each(at, func(s sample) float64 { return s.ns }))
}

// allocs gives the median of the allocations of the cell at.
func (r results) allocs(at cell) float64 {
	return median(r.each(at, func(s sample) float64 { return s.allocs }))
}

func (r results) each(at cell, figure func(sample) float64) []float64 {
	var all []float64
	for _, s := range r[at] {
		all = append(all, figure(s))
	}
	return all
}

// ratios gives this over base, round by round: what else the machine did then,
// it did to both.
func (r results) ratios(this, base cell) []float64 {
	var all []float64
	for i := range min(len(r[this]), len(r[base])) {
		all = append(all, r[this][i].ns/r[base][i].ns)
	}
	return all
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	mid := len(all) / 2
	if len(all)%2 == 0 {
		return (all[mid-1] + all[mid]) / 2
	}
	return all[mid]
}
