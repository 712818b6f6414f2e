// Package ledger is what queues keep their books with.
//
// # Limits
//
// Nothing here locks: the queue does.
package ledger

import (
	"maps"

	"github.com/sluicelog/sluice"
)

// Account is what became of records, for a destination or for all. The zero Account
// is ready for use.
type Account struct {
	Accepted, Delivered, Held uint64
	dropped                   map[string]uint64
}

// maxReasons bounds the reasons that are counted apart; more are one.
const maxReasons = 32

// Drop counts n records as dropped for reason. Held is the caller's to change.
func (a *Account) Drop(reason string, n uint64) {
	if n == 0 {
		return
	}
	if a.dropped == nil {
		a.dropped = map[string]uint64{}
	}
	if _, known := a.dropped[reason]; !known && len(a.dropped) >= maxReasons {
		reason = "others"
	}
	a.dropped[reason] += n
}

// Settle counts n records that were held as delivered, or as dropped if there is a
// reason.
func (a *Account) Settle(n uint64, reason string) {
	a.Held -= n
	if reason == "" {
		a.Delivered += n
	} else {
		a.Drop(reason, n)
	}
}

// Add adds what b says.
func (a *Account) Add(b *Account) {
	a.Accepted += b.Accepted
	a.Delivered += b.Delivered
	a.Held += b.Held
	for reason, n := range b.dropped {
		a.Drop(reason, n)
	}
}

// Stats gives a copy.
func (a *Account) Stats() sluice.Stats {
	return sluice.Stats{Accepted: a.Accepted, Delivered: a.Delivered, Held: a.Held, Dropped: maps.Clone(a.dropped)}
}
