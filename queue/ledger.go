package queue

import (
	"maps"

	"github.com/sluicelog/sluice"
)

// ledger is what became of records.
type ledger struct {
	accepted, delivered, held uint64
	dropped                   map[string]uint64
}

// maxReasons bounds the reasons that are counted apart; more are one.
const maxReasons = 32

func (l *ledger) drop(reason string, n int) {
	if l.dropped == nil {
		l.dropped = map[string]uint64{}
	}
	if _, known := l.dropped[reason]; !known && len(l.dropped) >= maxReasons {
		reason = "others"
	}
	l.dropped[reason] += uint64(n)
}

// settle closes the account of an entry that nobody will deliver any more.
func (l *ledger) settle(e *entry) {
	l.held--
	if e.reason == "" {
		l.delivered++
	} else {
		l.drop(e.reason, 1)
	}
}

func (l *ledger) stats() sluice.Stats {
	return sluice.Stats{Accepted: l.accepted, Delivered: l.delivered, Held: l.held, Dropped: maps.Clone(l.dropped)}
}
