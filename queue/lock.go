package queue

import "sync"

// lock is a mutex that is held for some ten nanoseconds, by as many goroutines as
// there are. A sync.Mutex alone lets those that wait for one sleep, and wakes them
// one by one: with more goroutines than processors, each of which does nothing else,
// that takes ten times as long as what it guards.
type lock struct{ sync.Mutex }

// Lock looks some times before it sleeps.
func (l *lock) Lock() {
	if !l.TryLock() {
		l.wait()
	}
}

// wait looks less and less often. Whoever looks takes the word away from the processor
// that has it, and whoever then takes the lock all that it guards; so the longer one
// lets the other go on, the more records share the price of that.
func (l *lock) wait() {
	const looks, longer = 4, 4
	apart := 512 // some 0.2 µs, and 0.8, 3, 11 after that
	for range looks {
		for range apart { // a loop that does nothing takes its time, too
		}
		if l.TryLock() {
			return
		}
		apart *= longer
	}
	// Not by runtime.Gosched, which others may answer by computing for milliseconds.
	l.Mutex.Lock()
}
