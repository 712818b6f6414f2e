package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// suite is one table: contenders down, columns across, and what the ratios of
// its cells should be.
type suite struct {
	name       string
	title      string
	note       string
	base       string // the contender that the others are compared with
	columns    []column
	mixed      bool // the columns take turns, too, so that goals can compare them
	single     bool // a turn is one operation, and a round's time the median of its turns
	turns      int  // in a round; 0: ten
	contenders []contender
	goals      []goal
}

// column is what all contenders of a cell's column are given.
type column struct {
	name       string
	goroutines int
	dir        string // a directory of the file system to write to
	setting    setting
	load       string // what goes on beside the writing: "think", "burn"
}

// contender is one row. It opens a subject for a column; with an error that is
// errAbsent it has none there.
type contender struct {
	name string
	open func(c column) (subject, error)
}

// errAbsent says that a contender is not to be found on this machine.
var errAbsent = errors.New("absent")

// goal is an upper bound for the ratio of two cells. It is reported and never
// fails a run: machines differ and are busy.
type goal struct {
	this, base cell
	limit      float64
}

type cell struct{ contender, column string }

// results has the samples of each cell, one a round.
type results map[cell][]sample

// run measures every cell once a round.
func (s *suite) run(o options) (results, error) {
	res := results{}
	together := 1
	if s.mixed {
		together = len(s.columns)
	}
	for range o.rounds {
		for cols := range slices.Chunk(s.columns, together) {
			if err := s.round(res, cols, o.time); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return res, nil
}

// round measures the cells of some columns, each for d in all but in many short
// turns: what else the machine does meanwhile, it does to all of them.
func (s *suite) round(res results, cols []column, d time.Duration) (err error) {
	turns := s.turns
	if turns == 0 {
		turns = 10
	}
	var cells []cell
	var trials []*trial
	defer func() {
		for _, t := range trials {
			err = errors.Join(err, t.end())
		}
	}()
	for _, col := range cols {
		for _, con := range s.contenders {
			at := cell{con.name, col.name}
			subject, err := con.open(col)
			if errors.Is(err, errAbsent) {
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			t := &trial{subject: subject, n: 1, single: s.single}
			if !s.single {
				t, err = start(subject, d/time.Duration(turns))
			}
			if err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			cells, trials = append(cells, at), append(trials, t)
		}
	}
	runtime.GC()
	for range turns {
		for i, t := range trials {
			if err := t.turn(); err != nil {
				return fmt.Errorf("%s: %w", cells[i], err)
			}
		}
	}
	for i, t := range trials {
		res[cells[i]] = append(res[cells[i]], t.sample())
	}
	return nil
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
