package writer

import (
	"sync"
	"time"
)

// pauses measures how long nothing is accepted. The zero pauses begin with the first
// line.
type pauses struct {
	mu    sync.Mutex
	count int
	since time.Time
	most  time.Duration
}

func (p *pauses) accepted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	now := time.Now()
	if !p.since.IsZero() {
		p.most = max(p.most, now.Sub(p.since))
	}
	p.since = now
}

func (p *pauses) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since, p.most = time.Now(), 0
}

func (p *pauses) lines() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// longest counts the pause that lasts, too.
func (p *pauses) longest() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		return 0
	}
	return max(p.most, time.Since(p.since))
}
