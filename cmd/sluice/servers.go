package main

import (
	"context"
	"errors"
	"sync"

	"github.com/sluicelog/sluice/receive"
)

// servers are those of the kinds of what comes, in front of the same outputs.
type servers [requests + 1]*receive.Server

// serve serves a stream.
func (s *servers) serve(l stream) error {
	if l.kind == requests {
		return s[requests].ServeRequests(l.Listener)
	}
	return s[l.kind].ServeSocket(l.Listener)
}

// shutdown shuts all down at the same time.
func (s *servers) shutdown(ctx context.Context) error {
	var wg sync.WaitGroup
	var errs [len(servers{})]error
	for i, one := range s {
		wg.Go(func() { errs[i] = one.Shutdown(ctx) })
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

// stats are the sums.
func (s *servers) stats() receive.Stats {
	st := receive.Stats{Refused: map[string]uint64{}}
	for _, one := range s {
		more := one.Stats()
		st.Received += more.Received
		st.Emitted += more.Emitted
		st.Conns += more.Conns
		st.Lost += more.Lost
		for reason, n := range more.Refused {
			st.Refused[reason] += n
		}
	}
	return st
}
