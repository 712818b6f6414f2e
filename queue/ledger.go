package queue

import (
	"maps"

	"github.com/sluicelog/sluice"
)

// ledger is what became of records.
type ledger struct {
	accepted, delivered, held uint64
	dropped                   map[string]uint64
	seq                       uint64 // of the ring's records, how many it knows of
}

// maxReasons bounds the reasons that are counted apart; more are one.
const maxReasons = 32

// catchUp counts what came in until seq: so that Put need not, for every ledger.
func (l *ledger) catchUp(seq uint64) {
	n := seq - l.seq
	l.accepted += n
	l.held += n
	l.seq = seq
}

// refuse counts a record that never came in.
func (l *ledger) refuse(reason string) {
	l.accepted++
	l.drop(reason, 1)
}

func (l *ledger) drop(reason string, n int) {
	if l.dropped == nil {
		l.dropped = map[string]uint64{}
	}
	if _, known := l.dropped[reason]; !known && len(l.dropped) >= maxReasons {
		reason = "others"
	}
	l.dropped[reason] += uint64(n)
}

// settle closes the account of n records that are held: they were delivered, or
// dropped if there is a reason.
func (l *ledger) settle(reason string, n int) {
	if n == 0 {
		return
	}
	l.held -= uint64(n)
	if reason == "" {
		l.delivered += uint64(n)
	} else {
		l.drop(reason, n)
	}
}

func (l *ledger) stats() sluice.Stats {
	return sluice.Stats{Accepted: l.accepted, Delivered: l.delivered, Held: l.held, Dropped: maps.Clone(l.dropped)}
}
