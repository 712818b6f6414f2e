package main

import (
	"context"
	"errors"
	"sync"

	"github.com/sluicelog/sluice/receive"
)

// servers are those of the two ways in which records are framed, in front of the
// same outputs.
type servers struct{ python, syslog *receive.Server }

func (s *servers) of(syslog bool) *receive.Server {
	if syslog {
		return s.syslog
	}
	return s.python
}

// shutdown shuts both down at the same time.
func (s *servers) shutdown(ctx context.Context) error {
	var wg sync.WaitGroup
	var errs [2]error
	for i, one := range [...]*receive.Server{s.python, s.syslog} {
		wg.Go(func() { errs[i] = one.Shutdown(ctx) })
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

// stats are the sums.
func (s *servers) stats() receive.Stats {
	st, more := s.python.Stats(), s.syslog.Stats()
	st.Received += more.Received
	st.Emitted += more.Emitted
	st.Conns += more.Conns
	st.Lost += more.Lost
	for reason, n := range more.Refused {
		st.Refused[reason] += n
	}
	return st
}
