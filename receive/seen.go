package receive

import (
	"container/list"
	"sync"

	"github.com/sluicelog/sluice"
)

const (
	seenSeqs    = 64 << 10 // of each source, the last ones: redial may send 8 MiB again
	seenSources = 1024     // the last ones
)

// Seen remembers the IDs of records, so that one that is sent again, as by
// redial.Hold, is told: the last 65536 numbers of each of the last 1024 sources, in
// 8 KiB for each source. An ID from before that counts as new. It is safe for
// concurrent use; the zero Seen is empty.
type Seen struct {
	mu      sync.Mutex
	sources map[uint64]*list.Element
	order   list.List // of *seenSource, the last used in front
}

// seenSource is a window that slides with the highest number, as that of RFC 4303
// against packets sent again.
type seenSource struct {
	source, top uint64
	bits        [seenSeqs / 64]uint64 // of number n at n % seenSeqs
}

// Add notes id and tells whether it is new.
func (s *Seen) Add(id sluice.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source(id.Source).add(id.Seq)
}

// Forget undoes Add for a record that came to nothing.
func (s *Seen) Forget(id sluice.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source(id.Source).forget(id.Seq)
}

func (s *Seen) source(source uint64) *seenSource {
	if e, ok := s.sources[source]; ok {
		s.order.MoveToFront(e)
		return e.Value.(*seenSource)
	}
	if s.sources == nil {
		s.sources = map[uint64]*list.Element{}
	}
	if s.order.Len() >= seenSources {
		last := s.order.Back()
		delete(s.sources, last.Value.(*seenSource).source)
		s.order.Remove(last)
	}
	w := &seenSource{source: source}
	s.sources[source] = s.order.PushFront(w)
	return w
}

func bitOf(seq uint64) (word int, bit uint64) {
	i := seq % seenSeqs
	return int(i / 64), 1 << (i % 64)
}

func (w *seenSource) add(seq uint64) bool {
	switch {
	case seq > w.top && seq-w.top >= seenSeqs:
		w.bits = [seenSeqs / 64]uint64{}
		w.top = seq
	case seq > w.top:
		for w.top < seq {
			w.top++
			word, bit := bitOf(w.top)
			w.bits[word] &^= bit
		}
	case w.top-seq >= seenSeqs:
		return true
	}
	word, bit := bitOf(seq)
	isNew := w.bits[word]&bit == 0
	w.bits[word] |= bit
	return isNew
}

func (w *seenSource) forget(seq uint64) {
	if seq <= w.top && w.top-seq < seenSeqs {
		word, bit := bitOf(seq)
		w.bits[word] &^= bit
	}
}
