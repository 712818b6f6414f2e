package rotate

import (
	"sync"
	"sync/atomic"
)

// lock is a File's mutex. Who writes a record does not wait for it but tries, and
// else leaves the record in newest and looks again later, as group describes;
// all others Lock it and get it next.
//
// It is no sync.Mutex because a writer that goes to sleep must know for certain
// that whoever has the lock will see it there, and a TryLock that fails promises
// nothing.
type lock struct {
	// Who finds the word held goes on to newest: they share a cache line.
	_      cacheLine
	word   atomic.Uint32
	newest atomic.Pointer[waiter]
	_      cacheLine

	visits sync.Mutex    // one at a time asks for the lock
	turn   chan struct{} // and gets it here
}

// cacheLine keeps apart what many processors look at from what one changes.
type cacheLine [64]byte

// The bits of a lock's word.
const (
	held  = 1
	asked = 2 // the lock is to be handed over
)

func (l *lock) TryLock() bool {
	return l.word.Load() == 0 && l.word.CompareAndSwap(0, held)
}

func (l *lock) Lock() {
	if l.TryLock() {
		return
	}
	l.visits.Lock()
	defer l.visits.Unlock()
	for !l.TryLock() {
		if l.word.CompareAndSwap(held, held|asked) {
			<-l.turn
			return
		}
	}
}

func (l *lock) Unlock() {
	if !l.word.CompareAndSwap(held, 0) {
		l.word.Store(held)
		l.turn <- struct{}{}
		return
	}
	// A record that came meanwhile has a writer that is awake and will look again,
	// or is asleep. The newest one will do: it writes the others, too.
	if w := l.newest.Load(); w != nil {
		w.rouse()
	}
}
