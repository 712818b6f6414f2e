package emittest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// broken are Emitters that break the contract, each by the check that must find
// it. wrap is put around a Recorder's Emit.
var broken = map[string]func(c *emittest.Recorder) sluice.Emitter{
	"delivers": func(c *emittest.Recorder) sluice.Emitter {
		n := 0
		return &wrapped{Recorder: c, emit: func(ctx context.Context, r *sluice.Record) error {
			if n++; n == 3 {
				return nil
			}
			return c.Emit(ctx, r)
		}}
	},
	"leaves_the_record_alone": func(c *emittest.Recorder) sluice.Emitter {
		return &wrapped{Recorder: c, emit: func(ctx context.Context, r *sluice.Record) error {
			r.Attrs = append(r.Attrs, slog.Int("added", 1))
			return c.Emit(ctx, r)
		}}
	},
	"keeps_nothing_of_the_record": func(c *emittest.Recorder) sluice.Emitter {
		var kept []*sluice.Record
		return &wrapped{Recorder: c, emit: func(_ context.Context, r *sluice.Record) error {
			kept = append(kept, r)
			return nil
		}, flush: func() error {
			for _, r := range kept {
				if err := c.Emit(context.Background(), r); err != nil {
					return err
				}
			}
			kept = nil
			return nil
		}}
	},
	"a_canceled_context_loses_nothing": func(c *emittest.Recorder) sluice.Emitter {
		return &wrapped{Recorder: c, emit: func(ctx context.Context, r *sluice.Record) error {
			if ctx.Err() != nil {
				return nil
			}
			return c.Emit(ctx, r)
		}}
	},
	"concurrent_use": func(c *emittest.Recorder) sluice.Emitter {
		var mu sync.Mutex
		var held *sluice.Record
		return &wrapped{Recorder: c, emit: func(ctx context.Context, r *sluice.Record) error {
			mu.Lock()
			defer mu.Unlock()
			if held == nil && strings.Contains(r.Message, "message-7-") {
				held = r.Clone()
				return nil
			}
			err := c.Emit(ctx, r)
			if held != nil && strings.Contains(r.Message, "message-9-") {
				err = errors.Join(err, c.Emit(ctx, held))
			}
			return err
		}}
	},
	"close": func(c *emittest.Recorder) sluice.Emitter {
		open := &emittest.Recorder{}
		return &wrapped{Recorder: c, emit: func(ctx context.Context, r *sluice.Record) error {
			if err := c.Emit(ctx, r); err != nil {
				return open.Emit(ctx, r)
			}
			return nil
		}}
	},
	"an_error_is_reported_once": func(c *emittest.Recorder) sluice.Emitter {
		return &wrapped{Recorder: c, emit: func(ctx context.Context, r *sluice.Record) error {
			if c.Closed() {
				return errors.New("some other error")
			}
			return c.Emit(ctx, r)
		}}
	},
}

type wrapped struct {
	*emittest.Recorder
	emit  func(context.Context, *sluice.Record) error
	flush func() error
}

func (w *wrapped) Emit(ctx context.Context, r *sluice.Record) error { return w.emit(ctx, r) }
func (w *wrapped) Flush(ctx context.Context) error {
	if w.flush != nil {
		return w.flush()
	}
	return w.Recorder.Flush(ctx)
}

const breakWhat = "SLUICE_EMITTEST_BROKEN"

// TestBroken is run by TestFindsBroken, in a process of its own, and fails there.
func TestBroken(t *testing.T) {
	name := os.Getenv(breakWhat)
	if name == "" {
		return
	}
	emittest.Run(t, func(*testing.T) emittest.Target {
		c := &emittest.Recorder{}
		return emittest.Target{Emitter: broken[name](c), Delivered: c.Messages}
	})
}

// TestFindsBroken: each way to break the contract fails the check that is named
// for it.
func TestFindsBroken(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range broken {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(self, "-test.run=^TestBroken$", "-test.v")
			cmd.Env = append(os.Environ(), breakWhat+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestBroken/"+name+" ") {
				t.Errorf("Run did not find it (%v):\n%s", err, out)
			}
		})
	}
}

func TestRecorder(t *testing.T) {
	emittest.Run(t, func(*testing.T) emittest.Target {
		c := &emittest.Recorder{}
		return emittest.Target{Emitter: c, Delivered: c.Messages}
	})
	var c emittest.Recorder
	lost := errors.New("lost")
	c.Fail(lost)
	if err := c.Emit(t.Context(), &sluice.Record{}); !errors.Is(err, lost) || len(c.Records()) != 0 {
		t.Errorf("Emit gave %v and kept %d records, want the error that Fail set", err, len(c.Records()))
	}
	c.Fail(nil)
	if err := errors.Join(c.Emit(t.Context(), &sluice.Record{Message: "m"}), c.Flush(t.Context()), c.Close()); err != nil {
		t.Error(err)
	}
	if len(c.Records()) != 1 || c.Flushes() != 1 || !c.Closed() {
		t.Errorf("%d records, %d flushes, closed %v", len(c.Records()), c.Flushes(), c.Closed())
	}
}

func ExampleRecorder() {
	var c emittest.Recorder
	log := slog.New(sluice.NewHandler(&c, nil))
	log.Info("ready", "n", 1)
	fmt.Println(c.Messages(), c.Records()[0].Attrs)
	// Output: [ready] [n=1]
}
