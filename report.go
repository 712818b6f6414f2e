package sluice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// report is what a Handler without OnError does: it prints one line a second for
// each kind of error, says how many it left out, and when records are delivered
// again.
type report struct {
	w io.Writer

	failing atomic.Bool // records were lost since the last delivery
	mu      sync.Mutex
	kinds   map[string]*errorKind
	lost    int // records since failing was set
}

type errorKind struct {
	printed time.Time
	more    int // since printed
}

const (
	reportEvery = time.Second
	maxKinds    = 32  // more are counted as one
	maxReport   = 500 // bytes of a line
)

func (p *report) onError(_ context.Context, r *Record, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r != nil {
		p.lost++
		p.failing.Store(true)
	}
	name := kindOf(err)
	k := p.kinds[name]
	if k == nil {
		if len(p.kinds) >= maxKinds {
			name = "others"
			k = p.kinds[name]
		}
		if k == nil {
			k = &errorKind{}
			if p.kinds == nil {
				p.kinds = map[string]*errorKind{}
			}
			p.kinds[name] = k
		}
	}
	now := time.Now()
	if !k.printed.IsZero() && now.Sub(k.printed) < reportEvery {
		k.more++
		return
	}
	line := err.Error()
	if k.more > 0 {
		line += fmt.Sprintf(" (%d more)", k.more)
	}
	k.printed, k.more = now, 0
	p.print(line)
}

// recovered says that records are delivered again.
func (p *report) recovered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.failing.Swap(false) {
		return
	}
	p.more()
	noun := "records were"
	if p.lost == 1 {
		noun = "record was"
	}
	p.print(fmt.Sprintf("recovered: %d %s not delivered", p.lost, noun))
	p.lost = 0
	clear(p.kinds)
}

// finish tells what was counted and not yet told.
func (p *report) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.more()
}

// more prints what was left out since the last lines. The caller holds mu.
func (p *report) more() {
	for name, k := range p.kinds {
		if k.more > 0 {
			p.print(fmt.Sprintf("%d more: %s", k.more, name))
			k.more = 0
		}
	}
}

func (p *report) print(line string) {
	line = strings.ToValidUTF8(line, "?")
	if len(line) > maxReport {
		line = line[:maxReport] + "..."
	}
	// The error may quote what a peer sent: it must stay one line.
	_, _ = fmt.Fprintf(p.w, "sluice: %s\n", appendPlain(nil, line))
}

// kindOf is the text of the innermost error: what stays the same while the
// record, the file or the peer changes.
func kindOf(err error) string {
	for {
		if j, ok := err.(interface{ Unwrap() []error }); ok && len(j.Unwrap()) > 0 {
			err = j.Unwrap()[0]
			continue
		}
		inner := errors.Unwrap(err)
		if inner == nil {
			break
		}
		err = inner
	}
	text := err.Error()
	if len(text) > 100 {
		text = text[:100]
	}
	return text
}
