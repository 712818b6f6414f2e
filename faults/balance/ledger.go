package balance

import (
	"fmt"
	"slices"
	"sync"
)

// A Ledger has what became of each line. Its methods may be called by many
// goroutines at once. The zero Ledger is empty.
type Ledger struct {
	mu    sync.Mutex
	fates map[ID]fate
	torn  []string
}

// fate is what became of a line.
type fate struct {
	accepted, refused bool
	destroyed         bool // by the fault itself, or by order: not a loss
	open              bool // the promise says nothing of it
	found             int
}

func (l *Ledger) change(id ID, change func(*fate)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fates == nil {
		l.fates = map[ID]fate{}
	}
	f := l.fates[id]
	change(&f)
	l.fates[id] = f
}

// Accept says that the contender took the line: its Write returned no error.
func (l *Ledger) Accept(id ID) { l.change(id, func(f *fate) { f.accepted = true }) }

// Refuse says that the contender told that it did not take the line.
func (l *Ledger) Refuse(id ID) { l.change(id, func(f *fate) { f.refused = true }) }

// Destroy says that the line is no longer to be found, and that this is no fault
// of the contender: it was in a file that the fault removed, or in the oldest
// backup that had to make room.
func (l *Ledger) Destroy(id ID) { l.change(id, func(f *fate) { f.destroyed = true }) }

// Open says that the promise does not cover the line. If it is not to be found it
// counts as lost all the same, and as Allowed.
func (l *Ledger) Open(id ID) { l.change(id, func(f *fate) { f.open = true }) }

// Found takes a line of the destination, without its newline. A line that is not
// whole is torn.
func (l *Ledger) Found(line []byte) (ID, bool) {
	id, ok := ParseLine(line)
	if !ok {
		l.Torn(line)
		return id, false
	}
	l.change(id, func(f *fate) { f.found++ })
	return id, true
}

// Torn takes what is no line.
func (l *Ledger) Torn(piece []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.torn = append(l.torn, string(piece[:min(len(piece), 200)]))
}

// Accepted returns the lines that were accepted and fulfill keep, in order.
func (l *Ledger) Accepted(keep func(ID) bool) []ID {
	return l.ids(func(id ID, f fate) bool { return f.accepted && keep(id) })
}

// Missing returns the lines that were accepted, not destroyed, and not found, in
// order.
func (l *Ledger) Missing() []ID {
	return l.ids(func(_ ID, f fate) bool { return f.accepted && !f.destroyed && f.found == 0 })
}

func (l *Ledger) ids(keep func(ID, fate) bool) []ID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []ID
	for id, f := range l.fates {
		if keep(id, f) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b ID) int {
		if a.Producer != b.Producer {
			return a.Producer - b.Producer
		}
		return a.Seq - b.Seq
	})
	return ids
}

// Counters are what a contender says itself of the lines that it has accepted.
type Counters struct {
	Dropped int // and counted
	Held    int // in memory, at the moment that is looked at
}

// Balance draws the line: accepted = found + dropped + held + lost.
func (l *Ledger) Balance(c Counters) Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := Result{Torn: len(l.torn), Dropped: c.Dropped, Held: c.Held}
	open, missing := 0, 0
	for id, f := range l.fates {
		switch {
		case f.accepted && f.refused:
			r.Broken = append(r.Broken, "a line was accepted and refused")
		case f.accepted:
			r.Accepted++
		case f.refused:
			r.Refused++
		}
		if f.found > 1 {
			r.Doubled += f.found - 1
		}
		switch {
		case f.found > 0 && !f.accepted:
			r.Unasked++
		case f.found > 0:
			r.Found++
		case f.accepted && f.destroyed:
			r.Destroyed++
		case f.accepted:
			missing++
			if f.open {
				open++
			} else if len(r.Gone) < 10 {
				r.Gone = append(r.Gone, id.String())
			}
		}
	}
	r.Lost = missing - c.Dropped - c.Held
	r.Allowed = max(0, min(open, r.Lost))
	if r.Lost < 0 {
		r.Broken = append(r.Broken, fmt.Sprintf("%d dropped and %d held are counted, but only %d are missing", c.Dropped, c.Held, missing))
		r.Lost = 0
	}
	for _, piece := range l.torn[:min(len(l.torn), 3)] {
		r.Pieces = append(r.Pieces, fmt.Sprintf("%q", piece))
	}
	return r
}
