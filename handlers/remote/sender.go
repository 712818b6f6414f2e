package remote

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/redial"
)

// ReasonFormat is the reason, beside those of package redial, for which a record is
// dropped: it could not be formatted.
const ReasonFormat = "not formatted"

// Sender is the Emitter of this package's handlers over a socket: a Stream whose
// writer is a connection that comes back, and which counts what becomes of records.
type Sender struct {
	*sluice.Stream
	conn     *redial.Conn
	format   *counted
	ids      *ids // nil: records get none
	buffered bool
	taken    atomic.Uint64 // records that Emit took, if buffered
	inVain   atomic.Uint64 // of these, those that were left when it was closed
}

// newSender returns a Sender that writes what f makes of a record to conn with nothing
// behind it: each with one call, or if buffer is more than 0 as sluice.NewBuffered
// does.
func newSender(conn *redial.Conn, f sluice.Formatter, buffer int) *Sender {
	s := &Sender{conn: conn, format: &counted{Formatter: f}, buffered: buffer > 0}
	if s.buffered {
		s.Stream = sluice.NewBuffered(conn, s.format, buffer)
	} else {
		s.Stream = sluice.NewStream(conn, s.format)
	}
	s.SetTerminator("")
	return s
}

// Of returns the Sender of a handler of this package; nil if h has none.
func Of(h *sluice.Handler) *Sender {
	s, _ := behind(h).Emitter().(*Sender)
	return s
}

// Conn returns the connection, for Drop (Python's SocketHandler.close, after which
// a record connects again) and for its own Stats.
func (s *Sender) Conn() *redial.Conn { return s.conn }

// Emit sends r, or has it held.
func (s *Sender) Emit(ctx context.Context, r *sluice.Record) error {
	err := s.emit(ctx, r)
	if s.buffered && err == nil {
		s.taken.Add(1)
	}
	return err
}

// Close sends what is buffered and closes the connection.
func (s *Sender) Close() error {
	err := s.Stream.Close()
	if s.buffered {
		if left := s.taken.Load() - s.conn.Stats().Written; left > 0 {
			s.inVain.Store(left)
		}
	}
	return errors.Join(err, s.conn.Close())
}

func (s *Sender) emit(ctx context.Context, r *sluice.Record) error {
	if s.ids == nil || !r.ID.IsZero() {
		return s.Stream.Emit(ctx, r)
	}
	named := s.ids.copies.Get().(*sluice.Record)
	*named = *r
	named.ID = s.ids.next()
	err := s.Stream.Emit(ctx, named)
	*named = sluice.Record{}
	s.ids.copies.Put(named)
	return err
}

// Stats returns what became of the records so far, by the reasons of package redial
// and ReasonFormat.
func (s *Sender) Stats() sluice.Stats {
	c := s.conn.Stats()
	st := sluice.Stats{Accepted: c.Written + c.Held, Delivered: c.Written, Held: c.Held, Dropped: c.Dropped}
	if n := s.inVain.Load(); n > 0 {
		st.Dropped[redial.ReasonClosed] += n
	} else if s.buffered {
		st.Held = s.taken.Load() - c.Written
		st.Accepted += st.Held
	}
	if n := s.format.failed.Load(); n > 0 {
		st.Dropped[ReasonFormat] = n
	}
	for _, n := range st.Dropped {
		st.Accepted += n
	}
	return st
}

// counted is a Formatter that counts its failures.
type counted struct {
	sluice.Formatter
	failed   atomic.Uint64
	onFailed func() // nil: nothing
}

func (c *counted) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	dst, err := c.Formatter.AppendRecord(dst, r)
	if err != nil {
		c.failed.Add(1)
		if c.onFailed != nil {
			c.onFailed()
		}
		err = permanentError{err}
	}
	return dst, err
}

// ids numbers records.
type ids struct {
	source uint64
	seq    atomic.Uint64
	copies sync.Pool // of *sluice.Record
}

func newIDs() *ids {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return &ids{source: binary.BigEndian.Uint64(b[:]), copies: sync.Pool{New: func() any { return new(sluice.Record) }}}
}

func (i *ids) next() sluice.ID { return sluice.ID{Source: i.source, Seq: i.seq.Add(1)} }
