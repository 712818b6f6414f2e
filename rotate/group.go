package rotate

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// group is what writers that wait for a File have in common. Whoever locks the
// File next writes the records of all of them with its own. No leader is named
// beforehand: it is a goroutine that has a processor, so that the others' records
// are written even while they get none.
type group struct {
	waiters sync.Pool

	// The File's lock guards what follows; its memory is kept for the next batch.
	queue []*waiter // oldest first
	told  int       // how many of them know what became of their records, or will when it is synced
	safe  int       // how many of them have it on the disk
	last  int       // how many the last group had
	batch []byte
	ends  []int
}

// waiter is a record whose writer waits. It fills a cache line: to carry it from
// one processor to another and back is most of what sharing costs.
type waiter struct {
	state atomic.Uint32
	kept  bool   // it is held
	p     []byte // if failed: as much of it as was written
	err   error
	older *waiter
	wake  chan struct{} // gets one for a writer that was asleep
}

// The states of a waiter. Told, whether written or failed, it is its writer's
// alone again.
const (
	awake = iota
	asleep
	written
	failed
)

const (
	// yields is how often a writer lets others run before it sleeps: to wake it
	// costs as much as to write its record.
	yields = 16
	// gathered is how many bytes are put together for one system call.
	gathered = 64 << 10
)

var errPanicked = errors.New("rotate: a function of Options panicked")

func (g *group) waiter(p []byte) *waiter {
	w, ok := g.waiters.Get().(*waiter)
	if !ok {
		w = &waiter{wake: make(chan struct{}, 1)}
	}
	w.p = p
	return w
}

// result returns what became of w's n bytes, and takes w back.
func (g *group) result(w *waiter, n int) (int, error) {
	var err error
	if w.state.Load() == failed {
		n, err = len(w.p), w.err
		w.p, w.err = nil, nil
	}
	if w.state.Load() != awake {
		w.state.Store(awake)
	}
	g.waiters.Put(w)
	return n, err
}

// join leaves p to whoever writes next, and waits, or becomes that one.
func (f *File) join(p []byte) (n int, err error) {
	w := f.group.waiter(p)
	for {
		w.older = f.mu.newest.Load()
		if f.mu.newest.CompareAndSwap(w.older, w) {
			break
		}
	}
	f.await(w)
	return f.group.result(w, len(p))
}

// await returns when w is told.
func (f *File) await(w *waiter) {
	for range yields {
		runtime.Gosched()
		// Not a mere look: the writer is going to change the state anyhow.
		if w.state.CompareAndSwap(written, awake) || w.state.Load() == failed {
			return
		}
		if f.mu.TryLock() {
			f.lead(nil)
			return
		}
	}
	for w.state.CompareAndSwap(awake, asleep) {
		// Whoever has the lock now will see w when it unlocks; if nobody has, w must
		// not sleep.
		if f.mu.TryLock() {
			w.rouse()
			<-w.wake
			f.lead(nil)
			return
		}
		<-w.wake
	}
}

// rouse wakes a writer that is asleep to write itself.
func (w *waiter) rouse() {
	if w.state.CompareAndSwap(asleep, awake) {
		w.wake <- struct{}{}
	}
}

// lead writes all records that wait, in the order in which they came, and last,
// if there is one. It unlocks f.
func (f *File) lead(last *waiter) {
	defer f.release()
	g := &f.group
	if last == nil {
		f.gather()
	}
	for w := f.mu.newest.Swap(nil); w != nil; w = w.older {
		g.queue = append(g.queue, w)
	}
	slices.Reverse(g.queue)
	if last != nil {
		g.queue = append(g.queue, last)
	}
	defer f.dismiss(g)
	for g.told < len(g.queue) {
		f.writeFirst(g.queue[g.told:])
	}
}

func (f *File) dismiss(g *group) {
	// After a function of Options has panicked there are writers left, which would
	// wait for ever.
	for g.told < len(g.queue) {
		f.tell(0, errPanicked)
	}
	if f.durable() {
		f.settle(g)
	}
	clear(g.queue)
	g.queue, g.told = g.queue[:0], 0
}

// tell lets the next writer of the queue go. Its waiter may be in use again at
// once.
func (f *File) tell(n int, err error) {
	g := &f.group
	w := g.queue[g.told]
	g.told++
	if err != nil {
		w.p, w.err = w.p[:n], err
	}
	if !f.durable() {
		w.letGo()
	}
}

// letGo lets a writer go.
func (w *waiter) letGo() {
	state := uint32(written)
	w.older, w.kept = nil, false
	if w.err == nil {
		w.p = nil
	} else {
		state = failed
	}
	if w.state.Swap(state) == asleep {
		w.wake <- struct{}{}
	}
}

// writeFirst writes as many of the records left as may be put together.
func (f *File) writeFirst(left []*waiter) {
	g := &f.group
	first := left[0].p
	if len(left) == 1 || len(first)+len(left[1].p) > gathered {
		syncs := f.unsynced.syncs
		kept := f.stats.kept
		n, err := f.write(first)
		if f.unsynced.syncs != syncs {
			g.safe = g.told
		}
		left[0].kept = f.stats.kept != kept
		f.tell(n, err)
		return
	}
	g.batch, g.ends = g.batch[:0], g.ends[:0]
	for _, w := range left {
		if len(g.batch)+len(w.p) > gathered {
			break
		}
		g.batch = append(g.batch, w.p...)
		g.ends = append(g.ends, len(g.batch))
	}
	for b := (batch{p: g.batch, ends: g.ends}); len(b.ends) > 0; {
		f.tellStretch(&b)
	}
}

// tellStretch writes a stretch of b. Those records that are whole in the file
// have succeeded, whatever came later.
func (f *File) tellStretch(b *batch) {
	start, ends := b.start, b.ends
	syncs := f.unsynced.syncs
	kept := f.stats.kept
	tried, err := f.stretch(b)
	kept = f.stats.kept - kept
	if f.unsynced.syncs != syncs {
		f.group.safe = f.group.told
	}
	whole := len(ends) - len(b.ends)
	for i, end := range ends[:whole] {
		f.group.queue[f.group.told].kept = whole-i <= kept
		f.tell(end-start, nil)
		start = end
	}
	torn := b.start - start
	for range tried - whole {
		f.tell(torn, err)
		torn = 0
	}
	f.stats.Refused += uint64(tried - whole)
	b.start, b.ends = ends[tried-1], ends[tried:]
}
