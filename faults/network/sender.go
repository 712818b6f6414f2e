package network

import (
	"bytes"
	"context"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/handlers/remote"
)

// sender hands records to a handler and notes the answers.
type sender struct {
	h       *sluice.Handler
	ledger  *balance.Ledger
	next    int
	size    int
	refused int
	longest time.Duration
}

// send hands the next record over; false: it was refused.
func (s *sender) send(ctx context.Context) bool {
	id := balance.ID{Seq: s.next}
	s.next++
	r := &sluice.Record{Time: time.Now(), Level: sluice.Info, Name: "faults", Message: message(id, s.size)}
	start := time.Now()
	err := s.h.Emit(ctx, r)
	s.longest = max(s.longest, time.Since(start))
	if err != nil {
		s.refused++
		s.ledger.Refuse(id)
		return false
	}
	s.ledger.Accept(id)
	return true
}

// message is a line as a record's message.
func message(id balance.ID, size int) string {
	return string(bytes.TrimSuffix(balance.AppendLine(nil, id, size), []byte("\n")))
}

// counted compares the handler's counts with the ledger's, once nothing is held.
func (s *sender) counted(r *balance.Result) {
	st := remote.Of(s.h).Stats()
	dropped := 0
	for _, n := range st.Dropped {
		dropped += int(n)
	}
	r.Equal("refused", dropped, r.Refused)
	r.Equal("accepted", int(st.Delivered+st.Held), r.Accepted)
}

// deadline breaks the promise that no call blocks longer than limit. A busy machine is
// given a second more; without a deadline it would not end.
func (s *sender) deadline(r *balance.Result, limit time.Duration) {
	r.Figure("longest call, ms", float64(s.longest.Milliseconds()))
	if s.longest > limit+time.Second {
		r.Break("a call took %v, the deadline is %v", s.longest, limit)
	}
}

// quiet is an OnError that says nothing: Stats count.
func quiet(context.Context, *sluice.Record, error) {}
