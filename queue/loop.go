package queue

import "github.com/sluicelog/sluice/internal/goroutine"

// ownerKey is the key under which a Listener's goroutine tells a Ring which one it
// is, in the context of Get.
type ownerKey struct{}

// lookout finds the records that a destination logs into the queue which it empties:
// they would go round, and who waits for room would wait for itself. That takes a
// goroutine's number, which costs some microseconds, so few Puts are looked at: those of
// a place in the program (a PC) that destinations log from, and of every other the
// first, the second, the fourth and so on. The Ring's mu guards it.
type lookout struct {
	sites []site // nil: no cursor is a Listener's
}

// site is a place that logs.
type site struct {
	pc   uintptr
	seen uint32 // Puts from there
	own  bool   // destinations log from there
}

const lookEvery = 1024 // Puts of one site, once it is known to be the program's

// due says whether a Put from pc is to be looked at.
func (l *lookout) due(pc uintptr) bool {
	if l.sites == nil {
		return false
	}
	s := l.site(pc)
	s.seen++
	if s.pc != pc {
		// Two that share a slot: the first one has it, the other is looked at in turn.
		return s.seen%lookEvery == 0
	}
	return s.own || s.seen&(s.seen-1) == 0 || s.seen%lookEvery == 0
}

// site gives the slot of pc, which is another one's if that came first.
func (l *lookout) site(pc uintptr) *site {
	s := &l.sites[(pc^pc>>10)%uintptr(len(l.sites))]
	if s.seen == 0 {
		s.pc = pc
	}
	return s
}

// found notes that a destination logged from pc.
func (l *lookout) found(pc uintptr) {
	*l.site(pc) = site{pc: pc, seen: 1, own: true}
}

// loops says that this goroutine is one that empties the ring. The caller holds mu,
// which is free meanwhile: all others would wait.
func (q *Ring) loops() bool {
	if q.lookout.sites == nil {
		return false
	}
	q.unlock()
	id := ""
	if goroutine.Within((*worker).work) { // few are, and the number takes long
		id = goroutine.ID()
	}
	q.mu.Lock()
	if id == "" {
		return false
	}
	for _, c := range q.cursors {
		if c.owner == id {
			return true
		}
	}
	return false
}

// owns notes which goroutine a cursor belongs to. The caller holds mu.
func (q *Ring) owns(c *cursor, id string) {
	c.owner = id
	if id != "" && q.lookout.sites == nil {
		q.lookout.sites = make([]site, 1024)
	}
}
