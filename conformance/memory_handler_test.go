package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers"
)

type memoryRow struct {
	Config struct {
		Class        string
		Target       *string
		TargetLevels map[string]sluice.Level `json:"target_levels"`
		Fail         map[string][]string
	}
	Steps         []memoryStep
	TargetsClosed map[string]bool `json:"targets_closed"`
}

type memoryStep struct {
	Op          []any
	Delivered   map[string][]string
	Buffered    []string
	Error       *string
	HandleError []any
}

// memoryRun is a row's handler and its targets.
type memoryRun struct {
	row      *memoryRow
	level    *sluice.LevelVar
	handler  *sluice.Handler
	memory   *sluice.Memory
	targets  map[string]*memoryTarget
	order    []string // messages that the targets were given, those that they refuse too
	reported int
	closed   bool
}

// memoryTarget refuses the messages of fail.
type memoryTarget struct {
	emittest.Recorder
	run  *memoryRun
	fail []string
	seen int
}

func (c *memoryTarget) Emit(ctx context.Context, r *sluice.Record) error {
	c.run.order = append(c.run.order, r.Message)
	if slices.Contains(c.fail, r.Message) {
		return errors.New("refused")
	}
	return c.Recorder.Emit(ctx, r)
}

func runMemoryHandler(t *testing.T, row []byte) (string, error) {
	var r memoryRow
	var options struct{ Config handlers.MemoryOptions }
	if err := errors.Join(json.Unmarshal(row, &r), json.Unmarshal(row, &options)); err != nil {
		return "", err
	}
	run := &memoryRun{row: &r, level: new(sluice.LevelVar), targets: map[string]*memoryTarget{}}
	o := &options.Config
	o.Level = run.level
	o.OnError = func(context.Context, *sluice.Record, error) { run.reported++ }
	// D18: Python has no bound, and these rows are about what it does without.
	o.Limit = math.MaxInt
	var target sluice.Emitter
	switch {
	case r.Config.Class == "BufferingHandler": // whose flush throws away
		o.FlushLevel = new(sluice.Level(math.MaxInt))
		target = new(sluice.Null)
	case r.Config.Target != nil:
		target = run.target(*r.Config.Target)
	}
	run.handler = handlers.NewMemory(target, o)
	run.memory = run.handler.Emitter().(*sluice.Memory)
	var held []string // before the step
	excepted := ""
	for i, step := range r.Steps {
		why, err := run.step(t, step, held)
		if err != nil {
			return "", fmt.Errorf("step %d, %v: %w", i, step.Op, err)
		}
		if excepted == "" {
			excepted = why
		}
		if step.Error != nil {
			return excepted, nil // from here on Python repeats itself
		}
		held = step.Buffered
	}
	for name, closed := range r.TargetsClosed {
		if c := run.targets[name]; c != nil && c.Closed() != closed {
			return "", fmt.Errorf("target %s closed: %v, want %v", name, c.Closed(), closed)
		}
	}
	return excepted, nil
}

// target gives the Handler of a target, of its own level.
func (m *memoryRun) target(name string) *sluice.Handler {
	c := m.targets[name]
	if c == nil {
		c = &memoryTarget{run: m, fail: m.row.Config.Fail[name]}
		m.targets[name] = c
	}
	return sluice.NewHandler(c, &sluice.HandlerOptions{
		Level:   m.row.Config.TargetLevels[name],
		OnError: func(context.Context, *sluice.Record, error) {},
	})
}

// step does what a step says and compares what came of it. held is what was
// buffered before.
func (m *memoryRun) step(t *testing.T, step memoryStep, held []string) (excepted string, err error) {
	wasClosed := m.closed
	m.order, m.reported = nil, 0
	failed := m.do(t, step.Op)
	delivered := map[string][]string{}
	for name, c := range m.targets {
		if all := c.Messages(); len(all) > c.seen {
			delivered[name] = all[c.seen:]
			c.seen = len(all)
		}
	}
	got := []string{}
	for _, r := range m.memory.Records() {
		got = append(got, r.Message)
	}
	emits := step.Op[0] == "emit"
	switch {
	case wasClosed && emits:
		// D15: Python buffers for ever.
		if !errors.Is(failed, sluice.ErrClosed) || len(delivered)+len(got) > 0 {
			return "", fmt.Errorf("gave %v, delivered %v, holds %q", failed, delivered, got)
		}
		return "D15", nil
	case step.Error != nil:
		// D18: all the others are delivered, and nothing is left.
		want := slices.Clone(held)
		if emits {
			want = append(want, step.Op[2].(string))
		}
		if failed == nil || !slices.Equal(m.order, want) || len(got) > 0 {
			return "", fmt.Errorf("gave %v and %q, want an error and %q; holds %q", failed, m.order, want, got)
		}
		return "D18", nil
	case m.closed && (wasClosed || len(step.Buffered) > 0):
		// D18: what is left at close is dropped; Python keeps it, and may deliver
		// it to a target set later.
		if !wasClosed && !maps.EqualFunc(delivered, step.Delivered, slices.Equal[[]string]) || wasClosed && len(delivered) > 0 {
			return "", fmt.Errorf("delivered %v, want %v", delivered, step.Delivered)
		}
		if dropped := m.memory.Stats().Dropped["closed"]; !wasClosed && dropped != uint64(len(step.Buffered)) {
			return "", fmt.Errorf("dropped %d, want %q", dropped, step.Buffered)
		}
		if failed != nil || len(got) > 0 {
			return "", fmt.Errorf("gave %v, holds %q", failed, got)
		}
		if len(step.Buffered)+len(step.Delivered) > 0 {
			return "D18", nil
		}
		return "", nil
	case failed != nil:
		return "", failed
	case !maps.EqualFunc(delivered, step.Delivered, slices.Equal[[]string]):
		return "", fmt.Errorf("delivered %v, want %v", delivered, step.Delivered)
	case !slices.Equal(got, step.Buffered):
		return "", fmt.Errorf("holds %q, want %q", got, step.Buffered)
	case m.reported != len(step.HandleError):
		return "", fmt.Errorf("reported %d errors, want %v", m.reported, step.HandleError)
	}
	return "", nil
}

func (m *memoryRun) do(t *testing.T, op []any) error {
	number := func() int { return int(op[1].(float64)) }
	switch op[0] {
	case "emit":
		level, err := memoryLevel(op[1].(string))
		if err != nil {
			return err
		}
		return m.handler.Emit(t.Context(), &sluice.Record{Level: level, Message: op[2].(string)})
	case "flush":
		return m.handler.Flush(t.Context())
	case "close":
		m.closed = true
		return m.handler.Close()
	case "shutdown":
		m.closed = true
		l := sluice.NewLoggers(nil)
		l.Set("", sluice.LoggerOptions{Handlers: []*sluice.Handler{m.handler}})
		return l.Shutdown(t.Context())
	case "setTarget":
		if op[1] == nil {
			m.memory.SetTarget(nil)
		} else {
			m.memory.SetTarget(m.target(op[1].(string)))
		}
	case "setLevel":
		m.level.Set(sluice.Level(number()))
	case "setFlushLevel":
		m.memory.SetFlushLevel(sluice.Level(number()))
	case "setCapacity":
		m.memory.SetCapacity(number())
	default:
		return fmt.Errorf("an operation %v is not known", op[0])
	}
	return nil
}

// memoryLevel gives the level of a name of Python's, or of "Level 35".
func memoryLevel(name string) (sluice.Level, error) {
	var n int
	if _, err := fmt.Sscanf(name, "Level %d", &n); err == nil {
		return sluice.Level(n), nil
	}
	var names sluice.LevelNames
	return names.Parse(name)
}
