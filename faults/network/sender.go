package network

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
)

// sender hands records to a handler of sluice's, or to a peer, and notes the answers.
type sender struct {
	h       *sluice.Handler // nil: it is a peer
	peer    *apart
	ledger  *balance.Ledger
	next    int
	size    int
	refused int
	timed   bool          // longest counts
	longest time.Duration // call, of a handler's without the time for which threads waited for a processor
	hung    bool          // a call has not returned
}

// send hands the next record over; false: it was refused.
func (s *sender) send(ctx context.Context) bool {
	id := balance.ID{Seq: s.next}
	s.next++
	var err error
	emit := func() { err = s.emit(ctx, message(id, s.size)) }
	if s.timed {
		s.longest = max(s.longest, fault.Took(emit))
	} else {
		emit()
	}
	if errors.Is(err, errHangs) {
		s.hung = true
		return false
	}
	return s.note(id, err)
}

func (s *sender) emit(ctx context.Context, text string) error {
	if s.peer != nil {
		return s.peer.emit(text)
	}
	return s.h.Emit(ctx, &sluice.Record{Time: time.Now(), Level: sluice.Info, Name: "faults", Message: text})
}

func (s *sender) note(id balance.ID, err error) bool {
	if err != nil {
		s.refused++
		s.ledger.Refuse(id)
		return false
	}
	s.ledger.Accept(id)
	return true
}

// close waits for the call that hangs, if one does, and closes the handler.
func (s *sender) close(ctx context.Context) error {
	if s.peer == nil {
		return s.h.Close()
	}
	if s.hung {
		err, ok := s.peer.settle(ctx)
		if !ok {
			return context.Cause(ctx)
		}
		s.note(balance.ID{Seq: s.next - 1}, err)
	}
	s.peer.close()
	return nil
}

// message is a line as a record's message.
func message(id balance.ID, size int) string {
	return string(bytes.TrimSuffix(balance.AppendLine(nil, id, size), []byte("\n")))
}

// counted compares the handler's counts with the ledger's, once nothing is held.
func (s *sender) counted(r *balance.Result) {
	if s.h == nil {
		return
	}
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
	switch {
	case s.hung:
		r.Break("a call hangs, for %v and more", hangs)
	case s.longest > limit+time.Second:
		r.Break("a call took %v, the deadline is %v", s.longest, limit)
	}
}

// quiet is an OnError that says nothing: Stats count.
func quiet(context.Context, *sluice.Record, error) {}
