package writer

import (
	"errors"
	"sync/atomic"
)

// twice are two handlers of one process on one file.
type twice struct {
	both [2]target
	turn *atomic.Uint32
}

func openTwice(s Spec) (target, error) {
	s.Twice = false
	t := twice{turn: new(atomic.Uint32)}
	for i := range t.both {
		one, err := open(s)
		if err != nil {
			return nil, err
		}
		t.both[i] = one
	}
	return t, nil
}

func (t twice) Write(line []byte) (int, error) { return t.both[t.turn.Add(1)%2].Write(line) }

func (t twice) Roll() error { return t.both[0].Roll() }

func (t twice) Close() error { return errors.Join(t.both[0].Close(), t.both[1].Close()) }

// Stats are the sums of what the tests compare.
func (t twice) Stats() Stats {
	a, b := t.both[0].Stats(), t.both[1].Stats()
	return Stats{Lines: a.Lines + b.Lines, Refused: a.Refused + b.Refused, Rolls: a.Rolls + b.Rolls, Held: a.Held + b.Held}
}
