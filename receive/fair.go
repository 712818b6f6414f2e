package receive

import "sync"

// fair shares the places of datagrams that wait for the Emitter among hosts: a host
// may have as many as are free. One alone gets half of them, and finds no more as
// soon as another one sends; that one always finds some.
type fair struct {
	mu     sync.Mutex
	held   map[string]int // places, by host
	places int            // free
}

func newFair(places int) *fair { return &fair{held: map[string]int{}, places: places} }

// take takes a place for host; false: it has its share.
func (f *fair) take(host string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held[host] >= f.places {
		return false
	}
	f.held[host]++
	f.places--
	return true
}

// leave gives a place of host's back.
func (f *fair) leave(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.places++
	if f.held[host]--; f.held[host] == 0 {
		delete(f.held, host)
	}
}
