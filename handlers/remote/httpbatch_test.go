package remote_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// bubbleServer listens in a bubble of synctest, and serves HTTP there, over pipes.
type bubbleServer struct {
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
}

func newBubbleListener() *bubbleServer {
	return &bubbleServer{conns: make(chan net.Conn), ended: make(chan struct{})}
}

func newBubbleServer(h http.HandlerFunc) *bubbleServer {
	s := newBubbleListener()
	go func() { _ = (&http.Server{Handler: h}).Serve(s) }()
	return s
}

func (s *bubbleServer) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.ended:
		return nil, net.ErrClosed
	}
}

func (s *bubbleServer) Close() error {
	s.once.Do(func() { close(s.ended) })
	return nil
}

func (s *bubbleServer) Addr() net.Addr { return &net.TCPAddr{} }

func (s *bubbleServer) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case s.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// requests is what a server was sent, and how it answers the n-th.
type requests struct {
	mu     sync.Mutex
	bodies []string
	keys   []string
	at     []time.Duration
	start  time.Time
	answer func(n int, w http.ResponseWriter)
}

func (q *requests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	q.mu.Lock()
	q.bodies = append(q.bodies, string(body))
	q.keys = append(q.keys, r.Header.Get("Idempotency-Key"))
	q.at = append(q.at, time.Since(q.start))
	n := len(q.bodies)
	q.mu.Unlock()
	if q.answer != nil {
		q.answer(n, w)
	}
}

// seen gives what came so far.
func (q *requests) seen() (bodies, keys []string, at []time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.bodies), slices.Clone(q.keys), slices.Clone(q.at)
}

func (q *requests) texts() []string {
	bodies, _, _ := q.seen()
	return bodies
}

// inBubble runs f with a handler that sends batches to a server that answers so.
func inBubble(t *testing.T, b remote.HTTPBatch, answer func(n int, w http.ResponseWriter), f func(t *testing.T, h *sluice.Handler, q *requests)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := &requests{start: time.Now(), answer: answer}
		s := newBubbleServer(q.ServeHTTP)
		defer s.Close()
		o := &remote.HTTPOptions{Body: remote.BodyNDJSON, Batch: &b, Formatter: messageOnly{}}
		o.Dial = s.dial
		o.OnError = func(context.Context, *sluice.Record, error) {}
		h, err := remote.NewHTTP("logs.example.com", "/log", o)
		if err != nil {
			t.Fatal(err)
		}
		f(t, h, q)
		_ = h.Close()
	})
}

// messageOnly formats the message alone.
type messageOnly struct{}

func (messageOnly) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	if r.Message == "unformattable" {
		return dst, fmt.Errorf("no")
	}
	return append(dst, r.Message...), nil
}

// TestHTTPBatchesAreCut: by records, by bytes, by time and by Flush.
func TestHTTPBatchesAreCut(t *testing.T) {
	inBubble(t, remote.HTTPBatch{Records: 3, Bytes: 20, Delay: 5 * time.Second}, nil, func(t *testing.T, h *sluice.Handler, q *requests) {
		log := slog.New(h)
		for _, m := range []string{"a", "b", "c", "d", "long-long-long-long-long", "e"} {
			log.Info(m)
		}
		time.Sleep(4 * time.Second)
		want := []string{"a\nb\nc\n", "d\n", "long-long-long-long-long\n"}
		if !slices.Equal(q.texts(), want) {
			t.Errorf("after 4 s %q, want %q", q.texts(), want)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if want = append(want, "e\n"); !slices.Equal(q.texts(), want) {
			t.Errorf("after 5 s %q, want %q", q.texts(), want)
		}
		log.Info("f")
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want = append(want, "f\n"); !slices.Equal(q.texts(), want) {
			t.Errorf("after Flush %q, want %q", q.texts(), want)
		}
		log.Info("g")
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if want = append(want, "g\n"); !slices.Equal(q.texts(), want) {
			t.Errorf("after Close %q, want %q", q.texts(), want)
		}
		st := remote.HTTPOf(h).Stats()
		if st.Accepted != 8 || st.Delivered != 8 || st.Held != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// TestHTTPBatchIsTriedAgain, the same with the same key, at growing distances and when
// the server wants it, until it is accepted; and nothing is after that.
func TestHTTPBatchIsTriedAgain(t *testing.T) {
	answer := func(n int, w http.ResponseWriter) {
		switch n {
		case 1, 2, 3:
			w.WriteHeader(500 + n)
		case 4:
			w.Header().Set("Retry-After", "315360000") // ten years
			w.WriteHeader(503)
		case 5:
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(429)
		}
	}
	inBubble(t, remote.HTTPBatch{Records: 2}, answer, func(t *testing.T, h *sluice.Handler, q *requests) {
		log := slog.New(h)
		log.Info("a")
		log.Info("b")
		log.Info("c")
		time.Sleep(20 * time.Minute)
		bodies, all, at := q.seen()
		if want := []time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second, 307 * time.Second, 307*time.Second + 20*time.Second, 307*time.Second + 20*time.Second}; !slices.Equal(at, want) {
			t.Errorf("asked after %v, want %v", at, want)
		}
		if strings.Join(bodies, "") != strings.Repeat("a\nb\n", 6)+"c\n" {
			t.Errorf("sent %q", bodies)
		}
		if keys := slices.Compact(slices.Clone(all)); len(keys) != 2 || !strings.HasSuffix(keys[0], "+2") {
			t.Errorf("keys %q", all)
		}
		if st := remote.HTTPOf(h).Stats(); st.Delivered != 3 || len(st.Dropped) > 0 {
			t.Errorf("%+v", st)
		}
	})
}

// TestHTTPFloodOfOneError: what compresses so well that it looks like a bomb arrives
// all the same.
func TestHTTPFloodOfOneError(t *testing.T) {
	for _, compress := range []string{"gzip", "zstd"} {
		r := newReceiver(t, wire.Pickle{}, nil)
		h := must(t)(remote.NewHTTP(r.web(t, nil), "/log", &remote.HTTPOptions{Options: patient, Body: remote.BodyNDJSON, Compress: compress, Batch: &remote.HTTPBatch{}, MapRecord: func(*sluice.Record) *pyval.Dict {
			return &pyval.Dict{Pairs: []pyval.Pair{{Key: "msg", Value: strings.Repeat("x", 1000)}}}
		}}))
		for range 400 {
			slog.New(h).Error("x")
		}
		if err := h.Flush(t.Context()); err != nil || len(r.Records()) != 400 {
			t.Errorf("%s: %d records, %v", compress, len(r.Records()), err)
		}
	}
}

// TestHTTPBatchBalance: what is refused, finds no room, cannot be formatted or is left
// at the end is counted, and an error.
func TestHTTPBatchBalance(t *testing.T) {
	var down atomic.Bool
	answer := func(n int, w http.ResponseWriter) {
		switch {
		case down.Load():
			w.WriteHeader(503)
		case n == 1:
			w.WriteHeader(400)
		case n == 2:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"stored": 1, "refused": 1}`)
		}
	}
	inBubble(t, remote.HTTPBatch{Records: 2, MaxBytes: 4}, answer, func(t *testing.T, h *sluice.Handler, q *requests) {
		emit := func(m string) error { return h.Emit(t.Context(), &sluice.Record{Level: sluice.Info, Message: m}) }
		for range 2 {
			if err := emit("a"); err != nil {
				t.Fatal(err)
			}
			if err := emit("b"); err != nil {
				t.Fatal(err)
			}
			if err := h.Flush(t.Context()); err == nil {
				t.Error("Flush tells nothing of records that were refused")
			}
		}
		if err := emit("unformattable"); err == nil {
			t.Error("no error of the formatter")
		}
		down.Store(true)
		for range 4 {
			if err := emit("c"); err != nil {
				t.Fatal(err)
			}
		}
		if err := emit("d"); err == nil || !strings.Contains(err.Error(), redial.ErrFull.Error()) {
			t.Errorf("no room: %v", err)
		}
		began := time.Now()
		if err := h.Flush(t.Context()); err == nil || time.Since(began) > 2*time.Second {
			t.Errorf("Flush of what is not accepted: %v after %v", err, time.Since(began))
		}
		if err := h.Close(); err == nil || !strings.Contains(err.Error(), "4 records lost") || time.Since(began) > 4*time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(began))
		}
		if err := emit("e"); err == nil {
			t.Error("no error after Close")
		}
		st := remote.HTTPOf(h).Stats()
		want := map[string]uint64{remote.ReasonRefused: 3, remote.ReasonFormat: 1, redial.ReasonFull: 1, redial.ReasonClosed: 4}
		if fmt.Sprint(st.Dropped) != fmt.Sprint(want) || st.Accepted != 10 || st.Delivered != 1 || st.Held != 0 {
			t.Errorf("%+v, want dropped %v", st, want)
		}
	})
}

// TestHTTPBatchBehindASilentServer: no call waits for it, but for Flush as long as its
// context and Close as long as one attempt.
func TestHTTPBatchBehindASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(context.Context) (net.Conn, error) {
			client, server := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, server) }()
			return client, nil
		}
		o := &remote.HTTPOptions{Body: remote.BodyNDJSON, Batch: &remote.HTTPBatch{Records: 1}}
		o.Dial, o.OnError = silent, func(context.Context, *sluice.Record, error) {}
		h, err := remote.NewHTTP("logs.example.com", "/log", o)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 10 {
			slog.New(h).Info("x")
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("logging took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := h.Flush(ctx); err == nil || time.Since(began) != 500*time.Millisecond {
			t.Errorf("Flush: %v after %v", err, time.Since(began))
		}
		if err := h.Close(); err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(began))
		}
	})
}
