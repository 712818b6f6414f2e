package natsqueue

import (
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// pool chooses the server to connect to: the one that was tried longest ago, and last
// those that could not help.
type pool struct {
	mu    sync.Mutex
	tried map[string]time.Time // by host; of one that could not help, a time to come
}

const (
	again   = 100 * time.Millisecond // between two attempts at one server
	jitter  = 400 * time.Millisecond // more than that at most, so that not all clients come at once
	shunned = 30 * time.Second       // how long one that could not help comes last
)

// next is the nats.ReconnectToServerHandler.
func (p *pool) next(all []nats.Server, _ nats.ServerInfo) (*nats.Server, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tried == nil {
		p.tried = map[string]time.Time{}
	}
	best := 0
	for i := range all {
		if p.tried[all[i].URL.Host].Before(p.tried[all[best].URL.Host]) {
			best = i
		}
	}
	host, now := all[best].URL.Host, time.Now()
	wait := time.Duration(0)
	if now.Sub(p.tried[host]) < again {
		wait = again + rand.N(jitter)
	}
	if last := p.tried[host]; last.Before(now.Add(wait)) {
		p.tried[host] = now.Add(wait)
	}
	return &all[best], wait
}

// shun has the server at an address come last for a while.
func (p *pool) shun(address string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tried == nil {
		p.tried = map[string]time.Time{}
	}
	p.tried[u.Host] = time.Now().Add(shunned)
}
