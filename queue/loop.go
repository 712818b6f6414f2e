package queue

import (
	"bytes"
	"runtime"
)

// ownerKey is the key under which a Listener's goroutine tells a Ring which one it
// is, in the context of Get.
type ownerKey struct{}

// loops says that this goroutine is one that empties the ring: what it logs goes
// round, and if it waits for room it waits for itself. The caller holds mu.
func (q *Ring) loops() bool {
	if q.suspect > 0 {
		q.suspect--
	}
	owned := false
	for _, c := range q.cursors {
		owned = owned || c.owner != ""
	}
	if !owned {
		return false
	}
	id := goroutineID()
	for _, c := range q.cursors {
		if c.owner == id {
			// There may be more of the kind.
			q.suspect = lookEvery
			return true
		}
	}
	return false
}

// goroutineID is the runtime's number of this goroutine. There is no cheaper way
// to it than the head of a stack trace, so few Puts ask.
func goroutineID() string {
	var buf [64]byte
	head := buf[:runtime.Stack(buf[:], false)]
	head = bytes.TrimPrefix(head, []byte("goroutine "))
	if i := bytes.IndexByte(head, ' '); i >= 0 {
		head = head[:i]
	}
	return string(head)
}
