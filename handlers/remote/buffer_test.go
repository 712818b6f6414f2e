package remote_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// TestBuffer: records wait for Flush, are counted meanwhile, and those that nobody
// takes until Close are counted as dropped.
func TestBuffer(t *testing.T) {
	var got emittest.Recorder
	r := &receiver{Server: receive.NewServer(&got, wire.Pickle{}, nil)}
	a := r.stream(t, "tcp", "127.0.0.1:0")
	h := must(t)(remote.NewSocket(a.host, a.port, &remote.SocketOptions{Buffer: 64 << 10, Options: patient}))
	log := slog.New(h)
	for range 10 {
		log.Info("waits")
	}
	if st := remote.Of(h).Stats(); st.Accepted != 10 || st.Held != 10 || st.Delivered != 0 {
		t.Errorf("before Flush: %+v", st)
	}
	if err := h.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	log.Info("goes with Close")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if st := remote.Of(h).Stats(); st.Accepted != 11 || st.Held != 0 || st.Delivered != 11 {
		t.Errorf("after Close: %+v", st)
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(got.Records()); n != 11 {
		t.Errorf("%d records arrived", n)
	}

	h = must(t)(remote.NewSocket("127.0.0.1", new(1), &remote.SocketOptions{Buffer: 64 << 10, Options: remote.Options{
		Dial:    new(late).dial,
		OnError: func(context.Context, *sluice.Record, error) {},
	}}))
	slog.New(h).Info("for nobody")
	if err := h.Close(); err == nil {
		t.Error("Close: no error")
	}
	if st := remote.Of(h).Stats(); st.Accepted != 1 || st.Dropped[redial.ReasonClosed] != 1 || st.Held != 0 {
		t.Errorf("for nobody: %+v", st)
	}
	if _, err := remote.NewSocket("h", new(1), &remote.SocketOptions{Buffer: 1, Hold: &redial.Hold{}}); err == nil {
		t.Error("Hold and Buffer: no error")
	}
}
