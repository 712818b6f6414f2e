package remote_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

func newSyslogReceiver(t testing.TB) *receiver {
	r := &receiver{}
	r.Server = receive.NewServer(&r.Recorder, new(wire.Syslog), &receive.Options{Framing: receive.Syslog})
	t.Cleanup(func() { _ = r.Shutdown(context.Background()) })
	return r
}

// TestSysLogEverywhere: every format over every transport, in each framing, arrives
// as it was sent, one record after the other.
func TestSysLogEverywhere(t *testing.T) {
	for _, transport := range []string{"udp", "tcp", "unixgram", "unix", "unix, held"} {
		for _, format := range []wire.SyslogFormat{wire.Bare, wire.RFC3164, wire.RFC5424} {
			for _, framing := range []wire.Framing{wire.FramingNone, wire.FramingNUL, wire.FramingLF, wire.FramingOctet} {
				if framing != wire.FramingNone && transport != "tcp" {
					continue
				}
				t.Run(fmt.Sprintf("%s %s %s", transport, format, framing), func(t *testing.T) {
					r := newSyslogReceiver(t)
					o := &remote.SysLogOptions{Syslog: wire.Syslog{Format: format, Framing: framing}, Options: patient}
					var a at
					switch transport {
					case "udp":
						a = r.packets(t, "udp", "127.0.0.1:0")
					case "tcp":
						a, o.SockType = r.stream(t, "tcp", "127.0.0.1:0"), remote.SockStream
					case "unixgram":
						a = r.packets(t, "unixgram", filepath.Join(t.TempDir(), "g"))
					case "unix": // after datagrams were tried
						a = r.stream(t, "unix", filepath.Join(t.TempDir(), "s"))
					default:
						a = r.stream(t, "unix", filepath.Join(t.TempDir(), "s"))
						o.SockType, o.Hold = remote.SockStream, &redial.Hold{Linger: time.Hour}
					}
					h := must(t)(remote.NewSysLog(a.host, a.port, o))
					logger := slog.New(h).With(sluice.Name("app.db"))
					logger.Info("one", "n", 1)
					logger.Error("two", sluice.Exc(errors.New("why")))
					if err := h.Flush(t.Context()); err != nil {
						t.Fatal(err)
					}
					r.wait(2)
					checkSysLog(t, format, framing, r.Records())
				})
			}
		}
	}
}

func checkSysLog(t *testing.T, format wire.SyslogFormat, framing wire.Framing, got []*sluice.Record) {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"one n=1", "two\n*errors.errorString: why"}
	if format == wire.RFC5424 {
		texts[0] = "one"
	}
	if framing == wire.FramingLF || framing == wire.FramingNone && format == wire.RFC3164 && strings.Contains(t.Name(), "tcp") {
		texts[1] = strings.ReplaceAll(texts[1], "\n", "#012")
	}
	for i, level := range []sluice.Level{sluice.Info, sluice.Error} {
		r := got[i]
		if r.Message != texts[i] || r.Level != level {
			t.Errorf("received %v %q, want %v %q", r.Level, r.Message, level, texts[i])
		}
		attrs := fmt.Sprint(r.Attrs)
		if !strings.HasPrefix(attrs, "[facility=user") {
			t.Errorf("attributes %v", attrs)
		}
		if format == wire.Bare {
			continue
		}
		local := format == wire.RFC3164 && strings.Contains(t.Name(), "unix")
		if strings.Contains(attrs, " hostname="+host) == local || r.Origin.Process != int64(os.Getpid()) || time.Since(r.Time) > time.Hour {
			t.Errorf("attributes %v, process %d at %v", attrs, r.Origin.Process, r.Time)
		}
		if format == wire.RFC5424 && (r.Name != "app.db" || i == 0 && !strings.Contains(attrs, "n=1")) {
			t.Errorf("%s, attributes %v", r.Name, attrs)
		}
	}
}

func TestSysLogContract(t *testing.T) {
	for _, kind := range []string{"udp", "tcp", "unix"} {
		t.Run(kind, func(t *testing.T) {
			emittest.Run(t, func(t *testing.T) emittest.Target {
				r := newSyslogReceiver(t)
				var h *sluice.Handler
				switch kind {
				case "udp":
					a, o := r.packets(t, "udp", "127.0.0.1:0"), &remote.SysLogOptions{Options: patient}
					o.Dial = r.paced(a)
					h = must(t)(remote.NewSysLog(a.host, a.port, o))
				case "tcp":
					a := r.stream(t, "tcp", "127.0.0.1:0")
					h = must(t)(remote.NewSysLog(a.host, a.port, &remote.SysLogOptions{SockType: remote.SockStream, Options: patient}))
				case "unix":
					a := r.stream(t, "unix", filepath.Join(t.TempDir(), "s"))
					h = must(t)(remote.NewSysLog(a.host, nil, &remote.SysLogOptions{Options: patient}))
				}
				return emittest.Target{Emitter: h.Emitter(), Delivered: func() []string {
					r.wait(remote.Of(h).Stats().Delivered)
					return r.Messages()
				}}
			})
		})
	}
}

// TestSysLogComesBack: over TCP a daemon that went away and is back gets records
// again, which CPython's handler never does (D9); and nobody listening is no error
// of the constructor.
func TestSysLogComesBack(t *testing.T) {
	var daemon late
	o := &remote.SysLogOptions{SockType: remote.SockStream, Options: patient}
	o.RetryStart, o.Dial = new(time.Duration), daemon.dial
	o.OnError = func(context.Context, *sluice.Record, error) {}
	h := must(t)(remote.NewSysLog("127.0.0.1", new(514), o))
	emit := func(text string) error {
		return h.Emit(t.Context(), &sluice.Record{Level: sluice.Error, Message: text})
	}
	if err := emit("nobody"); !errors.Is(err, redial.ErrDown) {
		t.Errorf("with nobody there: %v", err)
	}
	for _, text := range []string{"one", "two"} {
		l := daemon.listen(t)
		if err := emit(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		n, err := c.Read(buf)
		if want := "<11>" + text + "\x00"; err != nil || string(buf[:n]) != want {
			t.Errorf("received %q, %v, want %q", buf[:n], err, want)
		}
		_ = c.(*net.TCPConn).SetLinger(0) // a reset
		_, _ = c.Close(), l.Close()
	}
}

// TestSysLogTimeout: a peer that does not answer costs a record its timeout, whose
// error it gets.
func TestSysLogTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &remote.SysLogOptions{SockType: remote.SockStream}
		o.Timeout = 3 * time.Second
		o.OnError = func(context.Context, *sluice.Record, error) {}
		o.Dial = func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		h := must(t)(remote.NewSysLog("127.0.0.1", new(514), o))
		began := time.Now()
		err := h.Emit(t.Context(), &sluice.Record{Level: sluice.Error, Message: "m"})
		if d := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || d != 3*time.Second {
			t.Errorf("%v after %v", err, d)
		}
	})
}

func TestSysLogMistakes(t *testing.T) {
	port := new(514)
	for name, open := range map[string]func() (*sluice.Handler, error){
		"no host": func() (*sluice.Handler, error) { return remote.NewSysLog("", port, nil) },
		"no such host": func() (*sluice.Handler, error) {
			return remote.NewSysLog(strings.Repeat("x", 64)+".invalid", port, nil)
		},
		"port -1": func() (*sluice.Handler, error) { return remote.NewSysLog("h", new(-1), nil) },
		"datagrams": func() (*sluice.Handler, error) {
			return remote.NewSysLog("h", port, &remote.SysLogOptions{SockType: remote.SockDgram, TLS: &tls.Config{}})
		},
		"for streams": func() (*sluice.Handler, error) {
			return remote.NewSysLog("127.0.0.1", port, &remote.SysLogOptions{Syslog: wire.Syslog{Framing: wire.FramingLF}})
		},
		"held": func() (*sluice.Handler, error) {
			return remote.NewSysLog("127.0.0.1", port, &remote.SysLogOptions{Hold: &redial.Hold{}})
		},
	} {
		if h, err := open(); h != nil || err == nil || !strings.Contains(err.Error(), name) || !strings.HasPrefix(err.Error(), "SysLogHandler: ") {
			t.Errorf("%s: %v, %v", name, h, err)
		}
	}
}

func TestSysLogOptionsFromJSON(t *testing.T) {
	var o remote.SysLogOptions
	if err := json.Unmarshal([]byte(`{"socktype": "stream", "facility": "local0", "ident": "x"}`), &o); err != nil {
		t.Fatal(err)
	}
	if o.SockType != remote.SockStream || *o.Facility != wire.LogLocal0 || o.Ident != "x" {
		t.Errorf("%+v", o)
	}
	if err := json.Unmarshal([]byte(`{"socktype": "raw"}`), &o); err == nil {
		t.Error("socktype raw is taken")
	}
}

func TestSysLogAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	h := must(t)(remote.NewSysLog("127.0.0.1", new(pc.LocalAddr().(*net.UDPAddr).Port), &remote.SysLogOptions{Options: patient}))
	logger := slog.New(h)
	if n := testing.AllocsPerRun(100, func() { logger.Info("a message", "n", 1) }); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}

func ExampleNewSysLog() {
	h, err := remote.NewSysLog("localhost", new(remote.SyslogPort), &remote.SysLogOptions{
		Syslog: wire.Syslog{Facility: new(wire.LogLocal0), Ident: "myapp: "},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Debug("below Info, so that nothing is sent")
	// Output:
}

func ExampleNewSysLog_daemon() {
	h, err := remote.NewSysLog(remote.LocalSysLog(), nil, &remote.SysLogOptions{
		Syslog: wire.Syslog{Format: wire.RFC3164, AppName: "myapp"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Debug("below Info, so that nothing is sent")
	// Output:
}

func ExampleNewSysLog_tls() {
	h, err := remote.NewSysLog("localhost", new(6514), &remote.SysLogOptions{
		TLS:    &tls.Config{MinVersion: tls.VersionTLS13},
		Hold:   &redial.Hold{},
		Syslog: wire.Syslog{Format: wire.RFC5424},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Debug("below Info, so that nothing is sent")
	// Output:
}

// TestSysLogTLS: messages are counted over TLS (RFC 5425), and what is sent again
// after a break is told by its ID.
func TestSysLogTLS(t *testing.T) {
	ca := newAuthority(t)
	r := newSyslogReceiver(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := r.serve(t, receive.TLS(l, &tls.Config{Certificates: []tls.Certificate{ca.server(t)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool}))
	o := &remote.SysLogOptions{
		TLS:    &tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{ca.client(t)}},
		Hold:   &redial.Hold{Linger: time.Hour},
		Syslog: wire.Syslog{Format: wire.RFC5424},

		Options: patient,
	}
	o.RetryStart = new(time.Duration)
	o.OnError = func(context.Context, *sluice.Record, error) {}
	h := must(t)(remote.NewSysLog(a.host, a.port, o))
	logger := slog.New(h)
	for i, text := range []string{"one\nof two\x00lines", "two"} {
		logger.Info(text)
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for len(r.Messages()) <= i {
			runtime.Gosched() // what is on its way may be overtaken over the next connection
		}
		remote.Of(h).Conn().Drop() // so that all is sent again
	}
	logger.Info("three")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := r.Messages(), []string{"one\nof two\x00lines", "two", "three"}; fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("received %q, want %q", got, want)
	}
	if st := r.Stats(); st.Refused[receive.ReasonDuplicate] == 0 {
		t.Errorf("nothing came twice: %+v", st)
	}
}
