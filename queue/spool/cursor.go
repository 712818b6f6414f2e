package spool

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/ledger"
	"github.com/sluicelog/sluice/queue"
)

// cursor is how far a destination is.
type cursor struct {
	name     string
	position *position
	holder   *getter // nil: nobody has asked for it since Open

	next    uint64 // the record to be read
	joined  uint64 // the records from here on are not in the account yet
	again   []held // taken and given back, before those to be read
	due     time.Time
	account ledger.Account
}

// held is a record that was read and is not settled.
type held struct {
	seq    uint64
	record *sluice.Record
	shared bool // with a Getter that was replaced
}

// settled is the first record that the destination is not done with.
func (c *cursor) settled() uint64 {
	if c.holder != nil && len(c.holder.batch.entries) > 0 {
		return c.holder.batch.entries[0].seq
	}
	if len(c.again) > 0 {
		return c.again[0].seq
	}
	return c.next
}

// catchUp counts what came in since. The caller holds mu.
func (c *cursor) catchUp(s *Spool) {
	end := s.end()
	n := end - c.joined
	c.account.Accepted += n
	c.account.Held += n
	c.joined = end
}

// restore takes up the cursor of a former process.
func (s *Spool) restore(name, path string) error {
	p, seq, err := openPosition(path)
	if err != nil {
		return fmt.Errorf("cursor %q: %w", name, err)
	}
	if seq == 0 {
		s.note(fmt.Errorf("the position of cursor %q is damaged: it gets all that is held again", name))
	}
	s.cursors = append(s.cursors, &cursor{name: name, position: p, next: seq})
	// Records that a destination has must not share their numbers with new ones.
	s.next = max(s.next, seq)
	return nil
}

// Cursor gives the Getter of a destination; see queue.Queue. The spool remembers the
// name: see Forget.
func (s *Spool) Cursor(name string) (queue.Getter, error) {
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return nil, sluice.ErrClosed
	}
	g := &getter{s: s}
	g.batch.getter = g
	for _, c := range s.cursors {
		if c.name == name {
			c.takeOver(g)
			s.tellArrival()
			return g, nil
		}
	}
	file, err := cursorFile(name)
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", s.dir, err)
	}
	p, err := createPosition(filepath.Join(s.dir, file), s.options.Perm)
	if err != nil {
		return nil, fmt.Errorf("spool %s: cursor %q: %w", s.dir, name, err)
	}
	if err := p.set(s.base, s.options.Durable); err != nil {
		return nil, errors.Join(fmt.Errorf("spool %s: cursor %q: %w", s.dir, name, err), p.close())
	}
	s.newName = true
	c := &cursor{name: name, position: p, holder: g, next: s.base, joined: s.base}
	g.c = c
	s.cursors = append(s.cursors, c)
	return g, nil
}

// takeOver makes g the cursor's holder. The former one may still read the records
// of its batch.
func (c *cursor) takeOver(g *getter) {
	if old := c.holder; old != nil {
		taken := append([]held(nil), old.batch.entries...)
		for i := range taken {
			taken[i].shared = true
		}
		c.again = append(taken, c.again...)
		c.due = time.Time{}
	}
	c.holder, g.c = g, c
}

// Stats is the destination's ledger since Open, with what was held for it then as
// accepted.
func (g *getter) Stats() sluice.Stats {
	g.s.mu.Lock()
	defer g.s.unlock()
	g.c.catchUp(g.s)
	return g.c.account.Stats()
}

// missed counts records before to that are not in seg, where they should be; nil:
// in none. The caller holds mu.
func (c *cursor) missed(s *Spool, to uint64, seg *segment) {
	if to <= c.next {
		return
	}
	c.catchUp(s)
	c.account.Settle(to-c.next, Damaged)
	if s.gone.Add(c.next, to, Damaged) > 0 {
		s.note(fmt.Errorf("records %d to %d are damaged or missing", c.next, to-1))
		if seg != nil {
			seg.damaged = true
		}
	}
	c.next = to
}

// position is stored behind the settling of records, so that what is told to be
// settled and is not, when the process dies, comes again.
func (c *cursor) store(s *Spool) error {
	if err := c.position.set(c.settled(), s.options.Durable); err != nil {
		return fmt.Errorf("spool %s: position of cursor %q: %w", s.dir, c.name, err)
	}
	return nil
}

// wait waits for a record, for ctx, and if that is not 0 for so long at most.
func wait(ctx context.Context, arrived <-chan struct{}, most time.Duration) {
	var due <-chan time.Time
	if most > 0 {
		t := time.NewTimer(most)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-arrived:
	case <-ctx.Done():
	case <-due:
	}
}
