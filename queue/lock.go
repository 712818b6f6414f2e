package queue

import "sync"

// lock is a mutex that is held for some ten nanoseconds, by as many goroutines as
// there are. A sync.Mutex alone lets those that wait for one sleep, and wakes them
// one by one: with more goroutines than processors, each of which does nothing else,
// that takes ten times as long as what it guards.
type lock struct{ sync.Mutex }

// Lock looks some times before it sleeps, for no longer than a sync.Mutex spins, and
// not at once again: whoever looks takes the word away from the processor that has it.
func (l *lock) Lock() {
	if !l.TryLock() {
		l.wait()
	}
}

func (l *lock) wait() {
	const looks, apart = 16, 512
	for range looks {
		for range apart { // a loop that does nothing takes its time, too
		}
		if l.TryLock() {
			return
		}
	}
	// Not by runtime.Gosched, which others may answer by computing for milliseconds.
	l.Mutex.Lock()
}
