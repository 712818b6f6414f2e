package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// getter is who reads by a cursor.
type getter struct {
	s     *Spool
	c     *cursor
	in    reader // of the segment that the cursor is in
	batch batch
	free  []*sluice.Record // memory of records that are settled
}

const (
	maxBatchBytes = 1 << 20 // of frames, behind which a batch ends
	maxFree       = 1024
)

// Get gives what is there, or waits for it; see queue.Getter. When the spool was
// closed it gives ErrClosed of package sluice at once: what is held stays there.
func (g *getter) Get(ctx context.Context, most int) (queue.Batch, error) {
	s := g.s
	s.mu.Lock()
	defer s.unlock()
	for {
		c := g.c
		switch {
		case s.closed:
			return nil, sluice.ErrClosed
		case c.holder != g:
			return nil, queue.ErrSettled
		case len(g.batch.entries) > 0:
			return nil, queue.ErrUnsettled
		}
		later := time.Until(c.due)
		if len(c.again) > 0 && later <= 0 {
			g.batch.again(min(max(1, most), len(c.again)))
			return &g.batch, nil
		}
		if len(c.again) == 0 {
			later = 0
			s.expire()
			if err := g.fill(max(1, most)); err != nil {
				return nil, err
			}
			if len(g.batch.entries) > 0 {
				return &g.batch, nil
			}
			if s.closed || c.holder != g { // mu was free, and nobody waited to be told
				continue
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.arrived == nil {
			s.arrived = make(chan struct{})
			s.awaited.Store(true)
			continue // who put just now has not seen that
		}
		arrived := s.arrived
		s.unlock()
		if len(c.again) > 0 {
			// What has come waits behind it, but the spool may be closed, or the
			// cursor another's.
			wait(ctx, arrived, later)
		} else {
			wait(ctx, arrived, 0)
		}
		s.mu.Lock()
	}
}

// fill reads what is there into the batch. The caller holds mu, which is free while
// it reads.
func (g *getter) fill(most int) error {
	s, c := g.s, g.c
	for {
		seg, err := g.locate()
		if seg == nil || s.closed || c.holder != g {
			return err
		}
		if g.in.segment != seg || g.in.file != seg.file {
			g.in = reader{segment: seg, file: seg.file, room: g.in.room}
		}
		g.in.expected = max(g.in.expected, c.next)
		limit := seg.size
		s.unlock()
		err = g.read(most, limit)
		s.mu.Lock()
		if s.closed || c.holder != g {
			g.batch.clear()
			return nil
		}
		if errors.Is(err, os.ErrClosed) { // the segment was dropped, or written anew
			g.batch.clear()
			g.in = reader{room: g.in.room}
			continue
		}
		g.take(seg)
		if len(g.batch.entries) > 0 {
			return nil
		}
		switch {
		case err == nil: // dropped meanwhile
		case !errors.Is(err, io.EOF):
			return fmt.Errorf("spool: read %s: %w", seg.path, err)
		case seg.size == limit:
			c.missed(s, seg.end, seg)
		}
	}
}

// locate gives the segment of the record to be read; nil: there is none. The caller
// holds mu.
func (g *getter) locate() (*segment, error) {
	s, c := g.s, g.c
	if c.next >= s.wrote && c.next < s.end() {
		if err := s.write(s.end()); err != nil {
			return nil, err
		}
	}
	for _, seg := range s.segments {
		if c.next < seg.end {
			return seg, nil
		}
	}
	// Others are further than what was on disk when the spool was opened.
	c.missed(s, s.wrote, nil)
	return nil, nil
}

// read reads frames from the segment into the batch's incoming records.
func (g *getter) read(most int, limit int64) error {
	s := g.s
	for bytes := 0; len(g.batch.incoming) < most && bytes < maxBatchBytes; {
		f, err := g.in.next(limit)
		if err != nil {
			if len(g.batch.incoming) > 0 && errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		bytes += f.size
		r := g.record()
		bad := parseRecord(r, f.payload)
		if bad == nil {
			g.in.segment.writer.sign(r, f.seq, s.options.Number, s.writer)
		}
		g.batch.incoming = append(g.batch.incoming, incoming{held{seq: f.seq, record: r}, bad})
	}
	return nil
}

// take makes of what was read the batch, but for what was dropped meanwhile. The
// caller holds mu.
func (g *getter) take(seg *segment) {
	s, c := g.s, g.c
	for _, in := range g.batch.incoming {
		if in.seq < c.next {
			continue
		}
		c.missed(s, in.seq, seg)
		if in.bad != nil {
			s.note(fmt.Errorf("record %d: %w", in.seq, in.bad))
			c.missed(s, in.seq+1, seg)
			continue
		}
		g.batch.add(in.held)
		c.next = in.seq + 1
	}
	g.batch.clear()
}

// record gives memory for a record.
func (g *getter) record() *sluice.Record {
	if n := len(g.free); n > 0 {
		r := g.free[n-1]
		g.free = g.free[:n-1]
		return r
	}
	return new(sluice.Record)
}
