package remote_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// linger is for handlers that have nobody to send to when they are closed: the Timeout of
// a handler with a spool is also how long its Close tries.
const linger = 50 * time.Millisecond

// late is a peer to whom nobody connects before it listens. (A port that was closed
// may be another program's by then.)
type late struct{ address atomic.Pointer[string] }

func (l *late) dial(ctx context.Context) (net.Conn, error) {
	address := l.address.Load()
	if address == nil {
		return nil, syscall.ECONNREFUSED
	}
	return redial.Dialer("tcp", *address)(ctx)
}

func (l *late) listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.address.Store(new(listener.Addr().String()))
	return listener
}

func drained(h *sluice.Handler) {
	for remote.SpooledOf(h).Stats().Held > 0 {
		runtime.Gosched()
	}
}

// TestSpool: what is logged while nobody listens waits on disk, over the end of the
// program, and arrives in order and once.
func TestSpool(t *testing.T) {
	var peer late
	dir := filepath.Join(t.TempDir(), "spool")
	o := &remote.SocketOptions{Options: remote.Options{
		Spool: dir, Dial: peer.dial, Timeout: linger, RetryStart: new(time.Millisecond), RetryMax: new(10 * time.Millisecond),
		OnError: func(_ context.Context, r *sluice.Record, err error) {
			if r != nil {
				t.Errorf("a record that is safe was reported as lost: %v", err)
			}
		},
	}}
	const runs, each = 3, 50
	var want []string
	log := func(h *sluice.Handler, from int) {
		for i := range each {
			m := fmt.Sprint(from*each + i)
			want = append(want, m)
			slog.New(h).Info(m, "n", i)
		}
	}
	for run := range runs {
		h := must(t)(remote.NewSocket("127.0.0.1", new(1), o))
		log(h, run)
		st := remote.SpooledOf(h).Stats()
		if n := uint64((run + 1) * each); st.Held != n || st.Accepted != n {
			t.Errorf("run %d: %+v, want %d held", run, st, n)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	o.Timeout = patient.Timeout
	h := must(t)(remote.NewSocket("127.0.0.1", new(1), o))
	log(h, runs)
	r := newReceiver(t, wire.Pickle{}, &receive.Options{Seen: &receive.Seen{}})
	r.serve(t, peer.listen(t))
	drained(h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for len(r.Messages()) < len(want) {
		runtime.Gosched()
	}
	if got := r.Messages(); !slices.Equal(got, want) {
		t.Errorf("got %d records, want %d:\n%q", len(got), len(want), got)
	}
	if rec := r.Records()[0]; rec.ID.IsZero() || rec.Origin == nil {
		t.Errorf("got %+v", rec)
	}
}

// TestSpoolSysLog: so does syslog over TCP, and the receiver knows what comes twice.
func TestSpoolSysLog(t *testing.T) {
	var peer late
	dir := filepath.Join(t.TempDir(), "spool")
	open := func(timeout time.Duration) *sluice.Handler {
		return must(t)(remote.NewSysLog("127.0.0.1", new(514), &remote.SysLogOptions{
			SockType: remote.SockStream, Syslog: wire.Syslog{Format: wire.RFC5424},
			Options: remote.Options{
				Spool: dir, Dial: peer.dial, Timeout: timeout, RetryStart: new(time.Millisecond), RetryMax: new(10 * time.Millisecond),
				OnError: func(context.Context, *sluice.Record, error) {},
			},
		}))
	}
	h := open(linger)
	slog.New(h).Error("one")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	copied := dir + ".copy" // as it is for a process that dies before it can settle
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	r := newSyslogReceiver(t)
	r.serve(t, peer.listen(t))
	h = open(patient.Timeout)
	slog.New(h).Error("two")
	drained(h)
	r.wait(2) // before another connection brings what may overtake it
	dir = copied
	h = open(patient.Timeout)
	slog.New(h).Error("three")
	drained(h)
	r.wait(4)
	if got := r.Messages(); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("got %q", got)
	}
}

// TestSpoolContract: a handler with a spool keeps the contract, and what cannot be
// sent at all is dropped and does not hold up the rest.
func TestSpoolContract(t *testing.T) {
	emittest.Run(t, func(t *testing.T) emittest.Target {
		r := newReceiver(t, wire.Pickle{}, &receive.Options{Seen: &receive.Seen{}})
		a := r.stream(t, "tcp", "127.0.0.1:0")
		h := must(t)(remote.NewSocket(a.host, a.port, &remote.SocketOptions{Options: remote.Options{Spool: filepath.Join(t.TempDir(), "spool"), Timeout: patient.Timeout}}))
		return emittest.Target{Emitter: h.Emitter(), Delivered: func() []string {
			drained(h)
			r.wait(remote.SpooledOf(h).Stats().Delivered)
			return r.Messages()
		}}
	})
	t.Run("never", func(t *testing.T) {
		r := newReceiver(t, wire.Pickle{}, nil)
		a := r.stream(t, "tcp", "127.0.0.1:0")
		f, err := sluice.NewFormatter("%(message)d", nil)
		if err != nil {
			t.Fatal(err)
		}
		h := must(t)(remote.NewSocket(a.host, a.port, &remote.SocketOptions{Formatter: f, Options: remote.Options{
			Spool: filepath.Join(t.TempDir(), "spool"), Timeout: patient.Timeout,
			OnError: func(context.Context, *sluice.Record, error) {},
		}}))
		slog.New(h).Info("no number")
		drained(h)
		if st := remote.SpooledOf(h).Stats(); st.Accepted != 1 || len(st.Dropped) != 1 {
			t.Errorf("got %+v", st)
		}
	})
}

// TestSpoolHTTP: over HTTP a server that is down, or overloaded, costs no record
// either; one that it refuses does not hold up the rest.
func TestSpoolHTTP(t *testing.T) {
	for _, batch := range []*remote.HTTPBatch{nil, {}} {
		t.Run(fmt.Sprint(batch != nil), func(t *testing.T) {
			var mu sync.Mutex
			var got []string
			tries := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				mu.Lock()
				defer mu.Unlock()
				tries++
				switch {
				case err != nil || tries < 3:
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				case batch == nil && strings.Contains(string(body), "refused"):
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				for _, line := range strings.Split(strings.TrimSpace(string(body)), "\n") {
					r, err := wire.JSON{}.ParseRecord([]byte(line))
					if err != nil {
						t.Errorf("%q: %v", line, err)
						continue
					}
					got = append(got, r.Message)
				}
			}))
			defer srv.Close()
			h := must(t)(remote.NewHTTP(strings.TrimPrefix(srv.URL, "http://"), "/", &remote.HTTPOptions{
				Method: "POST", Body: remote.BodyNDJSON, Batch: batch,
				Options: remote.Options{
					Spool: filepath.Join(t.TempDir(), "spool"), Timeout: patient.Timeout, RetryStart: new(time.Millisecond), RetryMax: new(10 * time.Millisecond),
					OnError: func(context.Context, *sluice.Record, error) {},
				},
			}))
			log := slog.New(h)
			log.Info("one")
			if batch == nil {
				log.Info("refused")
			}
			log.Info("two")
			drained(h)
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(got, []string{"one", "two"}) {
				t.Errorf("got %q", got)
			}
		})
	}
}
