package natsqueue

import (
	"fmt"
	"sync"
	"time"
)

// trouble tells OnError of each kind of failure once, until it is over.
type trouble struct {
	where   string
	onError func(error)
	move    func() // asks another server

	mu  sync.Mutex
	now map[string]*failing
}

// failing is a kind of failure that is not over.
type failing struct {
	since time.Time
	moved time.Time // to another server; zero: not yet
	told  bool
}

// grace is how long a cluster may take to choose a leader before that is a failure.
const grace = time.Second

// lonely is how long a server is asked without success before another one is: it may
// be cut off from the others, and know nothing of it.
const lonely = 5 * time.Second

func (t *trouble) tell(kind string, err error) {
	t.mu.Lock()
	f := t.now[kind]
	if f == nil {
		if t.now == nil {
			t.now = map[string]*failing{}
		}
		f = &failing{since: time.Now()}
		t.now[kind] = f
	}
	tell := !f.told && (!passing(err) || time.Since(f.since) >= grace)
	f.told = f.told || tell
	move := passing(err) && time.Since(f.since) >= lonely && time.Since(f.moved) >= lonely
	if move {
		f.moved = time.Now()
	}
	t.mu.Unlock()
	if tell {
		t.report(err)
	}
	if move {
		t.move()
	}
}

func (t *trouble) over(kind string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.now, kind)
}

// report tells of something that is not going to pass.
func (t *trouble) report(err error) { t.onError(fmt.Errorf("natsqueue %s: %w", t.where, err)) }
