package spool_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/queuetest"
	"github.com/sluicelog/sluice/queue/spool"
)

func open(t *testing.T, dir string, o *spool.Options) *spool.Spool {
	t.Helper()
	if o == nil {
		o = &spool.Options{}
	}
	if o.OnError == nil {
		o.OnError = func(err error) { t.Errorf("OnError: %v", err) }
	}
	s, err := spool.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestContract: a Spool keeps the contract of a queue.
func TestContract(t *testing.T) {
	for _, durable := range []bool{false, true} {
		t.Run(map[bool]string{false: "kernel", true: "durable"}[durable], func(t *testing.T) {
			queuetest.Run(t, func(t *testing.T) queuetest.Target {
				dir := filepath.Join(t.TempDir(), "spool")
				o := &spool.Options{Durable: durable}
				return queuetest.Target{
					Queue:  open(t, dir, o),
					Reopen: func(t *testing.T) queue.Queue { return open(t, dir, o) },
				}
			})
		})
	}
}

func TestInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, nil)
	if _, err := spool.Open(dir, nil); !errors.Is(err, spool.ErrInUse) {
		t.Errorf("a second Open gave %v, want ErrInUse", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, nil)
}
