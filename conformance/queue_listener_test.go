package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

type queueListenerRow struct {
	Config struct {
		Handlers []struct {
			Name       string
			Level      sluice.Level
			EmitRaises []string `json:"emit_raises"`
			Raises     []string
		}
		Respect  bool `json:"respect_handler_level"`
		Capacity int
		Gated    bool
	}
	Steps []queueListenerStep
	Quirk bool
}

type queueListenerStep struct {
	Op              []string
	Error           *string
	HandleError     []string
	Seen            map[string][]string
	HandlerErrors   map[string]int `json:"handler_errors"`
	Running         *bool
	Queued          int
	UnfinishedTasks int `json:"unfinished_tasks"`
}

// listenedTo is one handler of a row.
type listenedTo struct {
	emitRaises, raises []string
	gate               chan struct{} // nil: open

	mu     sync.Mutex
	seen   []string
	errors int
}

func (h *listenedTo) Emit(_ context.Context, r *sluice.Record) error {
	if h.gate != nil {
		<-h.gate
	}
	if slices.Contains(h.raises, r.Message) {
		panic("RuntimeError")
	}
	if slices.Contains(h.emitRaises, r.Message) {
		return errors.New("RuntimeError")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, r.Message)
	return nil
}

func (h *listenedTo) Flush(context.Context) error { return nil }
func (h *listenedTo) Close() error                { return nil }

func (h *listenedTo) onError(context.Context, *sluice.Record, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errors++
}

// runQueueListener does the steps with a Ring that drops what does not fit, as
// put_nowait does. Rows marked as quirks show weaknesses of CPython: there all that
// was accepted must be delivered to all that did not fail, and Stop be no error.
func runQueueListener(t *testing.T, data []byte) (excepted string, err error) {
	var row queueListenerRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	synctest.Test(t, func(t *testing.T) { err = row.run(t) })
	if row.Quirk {
		excepted = "quirk"
	}
	return excepted, err
}

type listening struct {
	q        *queue.Ring
	l        *queue.Listener
	log      *sluice.Handler
	full     []string
	handlers map[string]*listenedTo
	gate     chan struct{}
	accepted []string // messages that the queue took
}

func (row *queueListenerRow) start() *listening {
	capacity := row.Config.Capacity
	if capacity <= 0 {
		capacity = 100_000
	}
	s := &listening{q: queue.NewRing(capacity, &queue.RingOptions{Full: queue.DropNewest}), handlers: map[string]*listenedTo{}}
	var ds []queue.Destination
	for i, c := range row.Config.Handlers {
		h := &listenedTo{emitRaises: c.EmitRaises, raises: c.Raises}
		if row.Config.Gated && i == 0 {
			h.gate = make(chan struct{})
			s.gate = h.gate
		}
		s.handlers[c.Name] = h
		ds = append(ds, queue.Destination{Name: c.Name, Handler: sluice.NewHandler(h, &sluice.HandlerOptions{Level: c.Level, OnError: h.onError})})
	}
	s.l = queue.NewListener(s.q, ds, &queue.ListenerOptions{RespectHandlerLevel: row.Config.Respect, TellDrops: new(bool)})
	s.log = queue.NewHandler(s.q, &queue.HandlerOptions{
		HandlerOptions: sluice.HandlerOptions{Level: sluice.NotSet, OnError: func(_ context.Context, _ *sluice.Record, err error) {
			if errors.Is(err, queue.ErrFull) {
				s.full = append(s.full, "Full")
			} else {
				s.full = append(s.full, err.Error())
			}
		}},
		Prepare: queue.Prepare(nil),
	})
	return s
}

func (row *queueListenerRow) run(t *testing.T) error {
	s := row.start()
	// Also when the row fails: what is left running would end the whole test.
	defer func() { _ = s.end() }()
	for i, step := range row.Steps {
		s.full = nil
		if err := s.do(t, step); err != nil {
			return fmt.Errorf("step %d %v: %w", i, step.Op, err)
		}
		if row.Quirk {
			continue
		}
		if err := s.compare(step); err != nil {
			return fmt.Errorf("step %d %v: %w", i, step.Op, err)
		}
	}
	if err := s.end(); err != nil {
		return err
	}
	if !row.Quirk {
		return nil
	}
	for _, c := range row.Config.Handlers {
		var want []string
		for _, m := range s.accepted {
			if !slices.Contains(c.Raises, m) && !slices.Contains(c.EmitRaises, m) {
				want = append(want, m)
			}
		}
		if got := s.handlers[c.Name].seen; !slices.Equal(got, want) {
			return fmt.Errorf("%s saw %q of %q", c.Name, got, want)
		}
	}
	return nil
}

// end lets the listener end, twice too.
func (s *listening) end() error {
	if s.gate != nil {
		close(s.gate)
		s.gate = nil
	}
	return s.l.Stop(context.Background())
}

func (s *listening) do(t *testing.T, step queueListenerStep) error {
	var err error
	switch step.Op[0] {
	case "start", "enter":
		err = s.l.Start()
	case "stop", "exit":
		if s.gate != nil {
			// A gate that is shut keeps the listener from ending: that comes later.
			return nil
		}
		err = s.l.Stop(t.Context())
	case "settle":
		// A destination may nap before it looks for records that come one by one.
		time.Sleep(time.Millisecond)
		synctest.Wait()
	case "open-gate":
		close(s.gate)
		s.gate = nil
	case "log":
		r := &sluice.Record{Name: "q", Level: sluice.LevelOf(0), Message: step.Op[2]}
		level, known := map[string]sluice.Level{"DEBUG": sluice.Debug, "INFO": sluice.Info, "WARNING": sluice.Warning, "ERROR": sluice.Error, "CRITICAL": sluice.Critical}[step.Op[1]]
		if !known {
			return fmt.Errorf("unknown level")
		}
		r.Level = level
		if s.log.Emit(t.Context(), r) == nil {
			s.accepted = append(s.accepted, r.Message)
		}
		return nil
	default:
		return fmt.Errorf("unknown operation")
	}
	wantsError := step.Error != nil && *step.Error == "RuntimeError"
	if wantsError != errors.Is(err, queue.ErrRunning) || err != nil && !wantsError {
		return fmt.Errorf("error %v", err)
	}
	return nil
}

func (s *listening) compare(step queueListenerStep) error {
	if !slices.Equal(s.full, step.HandleError) {
		return fmt.Errorf("handleError %q, want %q", s.full, step.HandleError)
	}
	if step.Running == nil {
		return nil
	}
	for name, want := range step.Seen {
		h := s.handlers[name]
		if !slices.Equal(h.seen, want) {
			return fmt.Errorf("%s saw %q, want %q", name, h.seen, want)
		}
		if h.errors != step.HandlerErrors[name] {
			return fmt.Errorf("%s had %d errors, want %d", name, h.errors, step.HandlerErrors[name])
		}
	}
	// task_done is Ack: what is not acked is held.
	held := int(s.q.Stats().Held)
	if s.l.Running() != *step.Running || held != step.Queued || held != step.UnfinishedTasks {
		return fmt.Errorf("running %v, %d held; want %v, %d queued, %d unfinished", s.l.Running(), held, *step.Running, step.Queued, step.UnfinishedTasks)
	}
	return nil
}
