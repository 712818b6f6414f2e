package config_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/internal/freeport"
	"github.com/sluicelog/sluice/internal/mail/mailtest"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// TestSpoolOfEachClass: under each class with a connection, what is logged while the
// peer is down is there when it is back, in order, over the end of the program.
func TestSpoolOfEachClass(t *testing.T) {
	received := func(p receive.Parser, o *receive.Options) func(t *testing.T, l net.Listener) func() []string {
		return func(t *testing.T, l net.Listener) func() []string {
			var got emittest.Recorder
			s := receive.NewServer(&got, p, o)
			var wg sync.WaitGroup
			wg.Go(func() { _ = s.ServeSocket(l) })
			t.Cleanup(wg.Wait)
			t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
			return got.Messages
		}
	}
	for _, tt := range []struct {
		class, args string
		serve       func(t *testing.T, l net.Listener) (got func() []string)
	}{
		{"SocketHandler", "host: 127.0.0.1, port: $PORT", received(wire.Pickle{}, nil)},
		{"SysLogHandler", "address: [127.0.0.1, $PORT], socktype: ext://socket.SOCK_STREAM", received(new(wire.Syslog), &receive.Options{Framing: receive.Syslog})},
		{"HTTPHandler", "host: '127.0.0.1:$PORT', url: /, method: POST", func(t *testing.T, l net.Listener) func() []string {
			var got emittest.Recorder
			s := receive.NewServer(&got, nil, nil)
			var asked atomic.Int32
			web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) < 3 {
					http.Error(w, "busy", http.StatusServiceUnavailable)
					return
				}
				s.ServeHTTP(w, r)
			})}
			go func() { _ = web.Serve(l) }()
			t.Cleanup(func() { _ = web.Close() })
			return got.Messages
		}},
		{"SMTPHandler", "mailhost: [127.0.0.1, $PORT], fromaddr: a@example.org, toaddrs: [b@example.org], subject: s", func(t *testing.T, l net.Listener) func() []string {
			m := mailtest.Serve(l)
			t.Cleanup(func() { _ = m.Close() })
			return m.Bodies
		}},
	} {
		t.Run(tt.class, func(t *testing.T) {
			port, err := freeport.Hold()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = port.Close() })
			text := fmt.Sprintf("version: 1\nhandlers: {h: {class: logging.handlers.%s, %s, timeout: $TIMEOUT, retryStart: 0.001, retryMax: 0.01, spool: $TMP/spool, spool_options: {max_bytes: 1000000}}}\nroot: {handlers: [h]}\n",
				tt.class, strings.ReplaceAll(tt.args, "$PORT", fmt.Sprint(port.Addr().Port)))
			dir := t.TempDir()
			quiet := &config.Options{OnError: func(_ context.Context, r *sluice.Record, err error) {
				if r != nil {
					t.Errorf("a record that is safe was reported as lost: %v", err)
				}
			}}
			var want []string
			log := func(sys *config.System, texts ...string) {
				for _, text := range texts {
					want = append(want, text)
					sys.Logger("app").Error(text)
				}
			}
			// The timeout is also how long a handler that is closed tries to send what it has
			// in its spool.
			sys, err := config.Load("logging.yaml", in(dir, strings.ReplaceAll(text, "$TIMEOUT", "0.05")), quiet)
			if err != nil {
				t.Fatal(err)
			}
			log(sys, "one", "two")
			if st := sys.Stats()["h"]; st.Held != 2 {
				t.Errorf("%+v, want two that wait", st)
			}
			shut(t, sys)
			sys = load(t, dir, strings.ReplaceAll(text, "$TIMEOUT", "3600"), quiet)
			log(sys, "three")
			l, err := net.Listen("tcp", port.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			got := tt.serve(t, l)
			come := func(done func() bool) {
				t.Helper()
				for limit := time.Now().Add(2 * time.Minute); !done(); runtime.Gosched() {
					if time.Now().After(limit) {
						t.Fatalf("two minutes have passed, and of %q there is %q: %+v", want, got(), sys.Stats()["h"])
					}
				}
			}
			come(func() bool { return sys.Stats()["h"].Held == 0 && len(got()) >= len(want) })
			log(sys, "four")
			come(func() bool { return len(got()) >= len(want) })
			if !slices.Equal(got(), want) {
				t.Errorf("got %q, want %q", got(), want)
			}
			// While the peer is there: what a connection may have lost with the peer is sent
			// again, and for that a handler that is closed would wait as long as its timeout.
			shut(t, sys)
		})
	}
}

// TestSpoolMistakes: what cannot be is told with the rest, before anything is opened.
func TestSpoolMistakes(t *testing.T) {
	for args, want := range map[string]string{
		"spool: $TMP/no/spool":                   "spool",
		"spool_options: {max_bytes: 1}":          "spool_options",
		"spool: $TMP/s, spool_options: {max: 1}": "spool_options",
		"spool: $TMP/s, digest: {every: 60}":     "digest",
	} {
		dir := t.TempDir()
		text := "version: 1\nhandlers: {h: {class: logging.handlers.SMTPHandler, mailhost: h, fromaddr: a@b, toaddrs: [c@d], subject: s, " + args + "}}\n"
		_, err := config.Check("logging.yaml", in(dir, text), nil)
		if err == nil || !strings.Contains(err.Error(), "handlers.h."+want) {
			t.Errorf("%s: %v", args, err)
		}
		if entries, _ := filepath.Glob(filepath.Join(dir, "*")); len(entries) > 0 {
			t.Errorf("%s: %q was made", args, entries)
		}
	}
}
