package sluice

// Stats are what became of the records that an Emitter was given. Every record
// accepted is in one of the other figures, so that Accepted is their sum, except
// for those that another goroutine is just handing on.
type Stats struct {
	Accepted  uint64            // records given to Emit that was not closed
	Delivered uint64            // of these, handed on without an error
	Held      uint64            // kept to be handed on later
	Dropped   map[string]uint64 // not handed on, by reason
}
