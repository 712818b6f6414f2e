package writer

import (
	"slices"
	"sync"
	"time"
)

// Gap is a time in which no line was accepted.
type Gap struct{ From, To time.Time }

// short is what a line may take without that being a gap.
const short = 10 * time.Millisecond

// pauses notes when nothing is accepted. The zero pauses begin with the first line.
type pauses struct {
	mu    sync.Mutex
	count int
	since time.Time
	gaps  []Gap
}

func (p *pauses) accepted(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	if !p.since.IsZero() && now.Sub(p.since) >= short {
		p.gaps = append(p.gaps, Gap{p.since, now})
	}
	p.since = now
}

func (p *pauses) lines() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// all are the gaps until now: that which lasts is one, too.
func (p *pauses) all(now time.Time) []Gap {
	p.mu.Lock()
	defer p.mu.Unlock()
	gaps := slices.Clone(p.gaps)
	if !p.since.IsZero() && now.Sub(p.since) >= short {
		gaps = append(gaps, Gap{p.since, now})
	}
	return gaps
}
