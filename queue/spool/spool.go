package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/ledger"
	"github.com/sluicelog/sluice/queue"
)

// Reasons under which a Spool counts what it drops, beside those of package queue.
const (
	Damaged = "damaged"     // it could not be read back
	Old     = "too old"     // it waited longer than MaxAge
	Refused = "not written" // the disk had refused what was put before
)

// ErrInUse is what Open gives if a process has the spool open.
var ErrInUse = errors.New("spool in use")

// Spool is a Queue on disk. It is safe for concurrent use.
type Spool struct {
	dir     string
	options Options
	lock    *os.File
	writer  writer // this process
	hands   handPool
	places  places
	fsync   func(*os.File) error
	writeAt func(f *os.File, p []byte, at int64) (int, error)
	stage   atomic.Pointer[stage] // where records are put; replaced with mu held
	full    chan struct{}         // of the stage that is sealed
	awaited atomic.Bool           // arrived is not nil

	mu        sync.Mutex   // guards all below, and the cursors
	segments  []*segment   // oldest first
	active    *segment     // the last, if it is written to
	bytes     int64        // of the segments
	pending   []byte       // frames of former stages that the system does not have yet
	writing   bool         // somebody writes frames that were pending
	flying    int          // their bytes
	written   sync.Cond    // nobody writes any more
	spare     []byte       // memory for a stage
	stageSize int          // of the stage to come, if there is room for as much
	torn      bool         // behind the active segment's end there may be a part of what is pending
	base      uint64       // the least record that any destination needs
	next      uint64       // where the stage begins
	wrote     uint64       // the first record that the system does not have
	gone      ledger.Spans // of those between, what some destination did not get
	cursors   []*cursor
	syncing   chan struct{} // closed when the sync that runs has ended; nil: none runs
	newName   bool          // the directory has names that are not on disk
	arrived   chan struct{} // closed when a record comes; nil: nobody waits
	room      chan struct{} // closed when there may be room; nil: nobody waits
	closed    bool
	account   ledger.Account
	notes     []error // for OnError, when mu is free
}

// Open opens the spool in dir, which it makes if need be; its parent must be there.
// It reads all that is held, and tells OnError what of it is damaged. o may be nil.
func Open(dir string, o *Options) (*Spool, error) {
	options, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", dir, err)
	}
	s := &Spool{dir: dir, options: options, writer: thisWriter(), fsync: (*os.File).Sync, writeAt: (*os.File).WriteAt, full: make(chan struct{}, 1), stageSize: minStage}
	s.written.L = &s.mu
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("spool %s: %w", dir, err), s.release())
	}
	s.mu.Lock()
	s.unlock()
	return s, nil
}

func (s *Spool) open() error {
	searchable := s.options.Perm | s.options.Perm>>2&0o111
	if err := os.Mkdir(s.dir, searchable); err == nil {
		s.newName = true
	} else if !errors.Is(err, os.ErrExist) {
		return err
	}
	var err error
	if s.lock, err = lockFile(filepath.Join(s.dir, "lock"), s.options.Perm); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	s.next = 1
	for _, e := range entries {
		if first, ok := segmentFirst(e.Name()); ok {
			if err := s.adopt(filepath.Join(s.dir, e.Name()), first); err != nil {
				return err
			}
		}
	}
	s.base = s.next
	if len(s.segments) > 0 {
		s.base = s.segments[0].first
	}
	first := s.base
	for _, e := range entries {
		if name, ok := cursorName(e.Name()); ok {
			if err := s.restore(name, filepath.Join(s.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if len(s.cursors) > 0 {
		s.base = s.next
		for _, c := range s.cursors {
			s.base = min(s.base, c.next)
		}
	}
	s.base = max(s.base, first)
	s.gone.Forget(s.base, func(uint64, string) {})
	s.account.Accepted = s.next - s.base
	s.account.Held = s.account.Accepted
	for _, c := range s.cursors {
		c.next = max(c.next, s.base)
		c.joined = c.next
	}
	s.wrote = s.next
	s.openStage(0)
	s.prune()
	s.removeEmpty()
	return nil
}

// removeEmpty removes the last segments if they have no records: new ones are going
// to have their names.
func (s *Spool) removeEmpty() {
	for n := len(s.segments) - 1; n >= 0 && s.segments[n].end == s.segments[n].first; n-- {
		g := s.segments[n]
		s.segments = s.segments[:n]
		s.bytes -= g.size
		if err := g.remove(); err != nil {
			s.note(err)
		}
	}
}

// adopt takes up a segment that was there. ReadDir gives them in order.
func (s *Spool) adopt(path string, first uint64) error {
	at := first
	if n := len(s.segments); n > 0 {
		at = s.next
		if at < first { // its end was cut off, perhaps between two records
			s.segments[n-1].damaged = true
		}
	}
	missing := func(from, to uint64) {
		if from < to {
			s.gone.Add(from, to, Damaged)
			s.note(fmt.Errorf("%s: records %d to %d are damaged or missing", path, from, to-1))
		}
	}
	g, err := openSegment(path, first, func(seq uint64) {
		missing(at, seq)
		at = max(at, seq+1)
	})
	if err != nil {
		return err
	}
	if g.size > segmentHead && at == s.next && g.end == first && g.damaged {
		s.note(fmt.Errorf("%s: no record in it can be read", path))
	} else if g.damaged {
		s.note(fmt.Errorf("%s is damaged", path))
	}
	s.segments = append(s.segments, g)
	s.bytes += g.size
	s.next = max(s.next, g.end)
	return nil
}

// Stats is the ledger since Open, with what was held then as accepted. A record
// that any of the destinations did not get counts as dropped, for the first reason.
func (s *Spool) Stats() sluice.Stats {
	s.mu.Lock()
	defer s.unlock()
	s.expire()
	st := s.account.Stats()
	put := s.stage.Load().records()
	st.Accepted += put
	st.Held += put
	return st
}

// Close writes what was put, ends Put and Get, and releases the files. What is held
// is there when the spool is opened again. Twice is fine.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return nil
	}
	s.mu.Unlock()
	flushed := s.Flush(context.Background())
	s.mu.Lock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.tellArrival()
	s.tellRoom()
	s.awaitWriter()
	if s.wrote < s.end() { // put meanwhile
		flushed = errors.Join(flushed, s.writePending())
	} else {
		s.nextStage(0)
	}
	return errors.Join(flushed, s.giveUp(), s.release())
}

// release closes the files. The caller holds mu, or is alone.
func (s *Spool) release() error {
	var errs []error
	for _, g := range s.segments {
		errs = append(errs, g.file.Close())
	}
	for _, c := range s.cursors {
		errs = append(errs, c.position.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// note keeps an error for OnError. The caller holds mu.
func (s *Spool) note(err error) {
	s.notes = append(s.notes, fmt.Errorf("spool %s: %w", s.dir, err))
}

// unlock unlocks mu and tells OnError what there is to tell.
func (s *Spool) unlock() {
	if len(s.notes) == 0 {
		s.mu.Unlock()
		return
	}
	notes := s.notes
	s.notes = nil
	s.mu.Unlock()
	for _, err := range notes {
		s.options.OnError(err)
	}
}

// tellArrival wakes the Getters. The caller holds mu.
func (s *Spool) tellArrival() {
	if s.arrived != nil {
		close(s.arrived)
		s.arrived = nil
		s.awaited.Store(false)
	}
}

// tellRoom lets the Puts that wait look again. The caller holds mu.
func (s *Spool) tellRoom() {
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// expire drops what is older than MaxAge. The caller holds mu.
func (s *Spool) expire() {
	if s.options.MaxAge == 0 {
		return
	}
	now := time.Now()
	for len(s.segments) > 0 && now.Sub(s.segments[0].last) > s.options.MaxAge {
		if s.segments[0] == s.active {
			if s.endActive() != nil {
				return
			}
			continue // somebody else may have dropped it
		}
		s.dropFirst(Old, s.cursors)
	}
}

var _ queue.Queue = (*Spool)(nil)
