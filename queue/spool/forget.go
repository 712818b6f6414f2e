package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// Cursors gives the names of the destinations that records are held for, those that
// only a former process had included. It never fails.
func (s *Spool) Cursors(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.unlock()
	names := make([]string, len(s.cursors))
	for i, c := range s.cursors {
		names[i] = c.name
	}
	return names, nil
}

// Forget removes the cursor of a destination that will not come back, so that
// nothing is held for it any more, and gives how many records it had not settled:
// they count under Forgotten of package queue. If it was the only one they wait for the
// next cursor, and none are dropped. Its Getter, if there is one, is dead. After an error
// the cursor is still there, cannot settle anything, and can be forgotten once more.
func (s *Spool) Forget(_ context.Context, name string) (dropped uint64, err error) {
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return 0, sluice.ErrClosed
	}
	at := slices.IndexFunc(s.cursors, func(c *cursor) bool { return c.name == name })
	if at < 0 {
		return 0, nil
	}
	c := s.cursors[at]
	_ = c.position.close() // or some systems do not remove it; once more it is closed already
	if err := os.Remove(c.position.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("spool %s: forget cursor %q: %w", s.dir, name, err)
	}
	c.catchUp(s)
	s.cursors = slices.Delete(s.cursors, at, at+1)
	if len(s.cursors) > 0 {
		dropped = c.account.Held
		s.gone.Add(c.settled(), s.end(), queue.Forgotten)
	}
	c.holder = nil
	s.tellArrival()
	s.advance()
	return dropped, nil
}
