// Package web has the faults of web servers, which are done to sluice's HTTPHandler:
// to one that sends each record at once, and to one that gathers them in batches; and
// what is done to the receiver by compression.
package web

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/lines"
	"github.com/sluicelog/sluice/handlers/remote"
)

// Faults are the faults of web servers.
func Faults() []fault.Fault {
	var all []fault.Fault
	for i, b := range behaviours("") {
		all = append(all, fault.Fault{
			ID: "F18", Case: "http-" + b.name, Title: b.title, Injector: "a web server of its own", Promise: b.promise(),
			Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) { return run(ctx, e, i) },
		})
	}
	return append(all, certificates(), bombs())
}

func (b *behaviour) promise() string {
	switch {
	case b.kept:
		return "Every line is there, once: what was accepted is not sent again."
	case b.forever:
		return "Every line is counted as dropped, or refused if it was sent at once; nothing goes to another host."
	}
	return "A batch's lines arrive once the server takes them, and once; a line sent at once is refused."
}

const (
	timeout  = 80 * time.Millisecond
	deadline = 2 * timeout
	secret   = "hunter2-hunter2"
	// noAnswer is what is reported of silence.
	noAnswer = "no answer"
)

// timeout is short where the sender has to give up. Where it is answered, nobody gives
// up an answer that is on its way, because the machine is busy.
func (b *behaviour) timeout() time.Duration {
	if b.silent {
		return timeout
	}
	return 10 * time.Second
}

// run sends lines at once and in batches while the server fails, and until it has
// taken them.
func run(ctx context.Context, e *fault.Env, which int) (balance.Result, error) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return balance.Result{}, err
	}
	var elsewhere atomic.Int32
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := other.Accept()
			if err != nil {
				return
			}
			elsewhere.Add(1)
			_ = c.Close()
		}
	})
	b := behaviours("http://" + other.Addr().String() + "/")[which]
	s := &server{fail: b.fail, early: b.early, left: 1 + e.Rand.IntN(4)}
	if b.forever {
		s.left = -1
	}
	if b.waits {
		s.left = 2 // one of each handler's: then it is Close's turn
	}
	if err := s.start(); err != nil {
		return balance.Result{}, err
	}
	defer s.stop()
	w := &writer{timeout: b.timeout()}
	once, err := w.handler(s, nil)
	if err != nil {
		return balance.Result{}, err
	}
	batches, err := w.handler(s, &remote.HTTPBatch{Records: 1 + e.Rand.IntN(20), Delay: time.Duration(1+e.Rand.IntN(20)) * time.Millisecond})
	if err != nil {
		return balance.Result{}, err
	}
	w.Emit(once, 0)
	for i := range e.Of(20, 5) {
		for range 1 + e.Rand.IntN(10) {
			w.Emit(batches, 1)
		}
		if i < 5 {
			w.Emit(once, 0)
		}
	}
	if b.waits {
		for s.failures() < 2 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	} else {
		lines.Settle(ctx, batches, func() uint64 { return remote.HTTPOf(batches).Stats().Held })
		w.Emit(once, 0)
	}
	for _, h := range []*sluice.Handler{once, batches} {
		if err := w.Close(h); err != nil {
			w.note("Close: %v", err)
		}
	}
	s.stop()
	_ = other.Close()
	wg.Wait()
	r := b.balance(s, w, once, batches)
	if n := elsewhere.Load(); n > 0 {
		r.Break("another host was connected to %d times", n)
	}
	return r, nil
}

// writer emits lines and notes what becomes of them.
type writer struct {
	lines.Writer
	timeout time.Duration

	mu      sync.Mutex
	reports []string
	broken  []string
}

func (w *writer) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, fmt.Sprintf(format, args...))
}

func (w *writer) handler(s *server, batch *remote.HTTPBatch) (*sluice.Handler, error) {
	o := &remote.HTTPOptions{Body: remote.BodyNDJSON, Batch: batch, Token: secret}
	o.Timeout = w.timeout
	o.RetryStart, o.RetryMax = new(5*time.Millisecond), new(20*time.Millisecond)
	o.OnError = func(_ context.Context, _ *sluice.Record, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.reports = append(w.reports, err.Error())
	}
	return remote.NewHTTP(s.listener.Addr().String(), "/log", o)
}

// most is what a server may write of an answer before it is cut off: what is read,
// and what the system's buffers take beyond.
const most = 16 << 20

func (b *behaviour) balance(s *server, w *writer, once, batches *sluice.Handler) balance.Result {
	for _, text := range s.stored.Messages() {
		w.Ledger.Found([]byte(text))
	}
	st, at := remote.HTTPOf(batches).Stats(), remote.HTTPOf(once).Stats()
	r := w.Ledger.Balance(balance.Counters{Dropped: int(st.Dropped[remote.ReasonRefused]), Held: int(st.Held)})
	r.Broken = append(r.Broken, w.broken...)
	if s.failed == 0 {
		r.Break("the server did not fail")
	}
	// On a busy machine an answer may come when the sender has given up; then it says so,
	// once more than the server was silent.
	late := 0
	if b.says == noAnswer {
		late = -s.failed
	}
	for _, text := range w.reports {
		if strings.Contains(text, noAnswer) {
			late++
		}
	}
	if len(s.twice) > max(0, late) {
		r.Break("sent again after it was accepted: %v", s.twice)
	}
	said := false
	for _, text := range w.reports {
		said = said || strings.Contains(text, b.says)
		if strings.Contains(text, secret) || len(text) > 1000 {
			r.Break("reported %.2000q", text)
		}
	}
	if !said && !b.kept {
		r.Break("nothing was reported that says %q: %q", b.says, w.reports)
	}
	r.Equal("lines given to the handlers", int(st.Accepted+at.Accepted), w.Given)
	r.Equal("lines refused", int(at.Accepted-at.Delivered), r.Refused)
	if s.written > most {
		r.Break("%d bytes of an answer were taken", s.written)
	}
	w.Bound(&r, deadline)
	return r
}
