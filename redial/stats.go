package redial

import (
	"maps"
	"time"
)

// Stats are what became of the frames that were given to Write: each of them is in
// Written, Held or Dropped.
type Stats struct {
	Connected bool
	RetryAt   time.Time // before which no attempt to connect is made; zero: at once

	Attempts uint64 // to connect
	Connects uint64 // that succeeded

	Written   uint64            // frames that the system took; once, however often they were sent
	Held      uint64            // frames kept to be written later
	HeldBytes int               // their bytes
	Replayed  uint64            // frames that were sent again, as the peer may not have read them
	Refused   uint64            // datagrams of which an error came back after they were written
	Dropped   map[string]uint64 // frames that were not written, by reason
}

// The reasons for which a frame is dropped, as Stats counts them.
const (
	ReasonDown    = "down"     // nobody to connect to
	ReasonCut     = "cut"      // the connection failed, or its peer took nothing, in the middle
	ReasonTooLong = "too long" // for a datagram
	ReasonFull    = "full"     // no room to hold it
	ReasonClosed  = "closed"   // held in vain until Close
)

// Stats returns the counts so far.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.stats
	st.Written = c.written.Load()
	if !st.Connected {
		st.RetryAt = c.retry.at
	}
	st.Dropped = maps.Clone(c.stats.Dropped)
	return st
}
