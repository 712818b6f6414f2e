package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// at is where a receiver listens, as a handler is told it.
type at struct {
	host string
	port *int
}

// receiver is a Server with what it received.
type receiver struct {
	*receive.Server
	emittest.Recorder
}

func newReceiver(t testing.TB, p wire.Pickle, o *receive.Options) *receiver {
	r := &receiver{}
	r.Server = receive.NewServer(&r.Recorder, p, o)
	t.Cleanup(func() { _ = r.Shutdown(context.Background()) })
	return r
}

func (r *receiver) stream(t testing.TB, network, address string) at {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	return r.serve(t, l)
}

func (r *receiver) serve(t testing.TB, l net.Listener) at {
	t.Helper()
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	wg.Go(func() {
		if err := r.ServeSocket(l); !errors.Is(err, receive.ErrServerClosed) {
			t.Errorf("ServeSocket: %v", err)
		}
	})
	t.Cleanup(func() { _ = r.Shutdown(context.Background()) })
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return at{a.IP.String(), new(a.Port)}
	}
	return at{l.Addr().String(), nil}
}

func (r *receiver) packets(t testing.TB, network, address string) at {
	t.Helper()
	pcs, err := receive.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	wg.Go(func() {
		if err := r.ServePacket(pcs...); !errors.Is(err, receive.ErrServerClosed) {
			t.Errorf("ServePacket: %v", err)
		}
	})
	t.Cleanup(func() { _ = r.Shutdown(context.Background()) })
	if a, ok := pcs[0].LocalAddr().(*net.UDPAddr); ok {
		return at{a.IP.String(), new(a.Port)}
	}
	return at{pcs[0].LocalAddr().String(), nil}
}

// patient is for tests over real sockets: however busy the machine is, nothing is given
// up or sent again for that.
var patient = remote.Options{Timeout: time.Hour}

// paced connects to a receiver of UDP that gets no datagrams faster than it takes them:
// the kernel drops what it has no room for.
func (r *receiver) paced(a at) redial.Dial {
	dial := redial.Dialer("udp", net.JoinHostPort(a.host, fmt.Sprint(*a.port)))
	return func(ctx context.Context) (net.Conn, error) {
		c, err := dial(ctx)
		return &pacedConn{Conn: c, r: r}, err
	}
}

type pacedConn struct {
	net.Conn
	r    *receiver
	sent uint64
}

func (c *pacedConn) Write(p []byte) (int, error) {
	const under = 50 // way
	if c.sent++; c.sent > under {
		c.r.wait(c.sent - under)
	}
	return c.Conn.Write(p)
}

// wait returns when n frames have come, whatever became of them.
func (r *receiver) wait(n uint64) {
	for r.Stats().Received < n {
		runtime.Gosched()
	}
}

// must is for constructors in tests.
func must(t testing.TB) func(h *sluice.Handler, err error) *sluice.Handler {
	return func(h *sluice.Handler, err error) *sluice.Handler {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Close() })
		return h
	}
}

// everywhere calls f with a handler to each kind of receiver.
func everywhere(t *testing.T, f func(t *testing.T, h *sluice.Handler, r *receiver)) {
	plain, packets := &remote.SocketOptions{Options: patient}, &remote.DatagramOptions{Options: patient}
	hold := &remote.SocketOptions{Options: patient, Hold: &redial.Hold{Linger: time.Hour}}
	for _, tt := range []struct {
		name string
		open func(t *testing.T, r *receiver) (*sluice.Handler, error)
	}{
		{"TCP", func(t *testing.T, r *receiver) (*sluice.Handler, error) {
			a := r.stream(t, "tcp", "127.0.0.1:0")
			return remote.NewSocket(a.host, a.port, plain)
		}},
		{"TCP, IPv6, held", func(t *testing.T, r *receiver) (*sluice.Handler, error) {
			a := r.stream(t, "tcp", "[::1]:0")
			return remote.NewSocket(a.host, a.port, hold)
		}},
		{"Unix", func(t *testing.T, r *receiver) (*sluice.Handler, error) {
			a := r.stream(t, "unix", filepath.Join(t.TempDir(), "s"))
			return remote.NewSocket(a.host, a.port, plain)
		}},
		{"Unix, held", func(t *testing.T, r *receiver) (*sluice.Handler, error) {
			a := r.stream(t, "unix", filepath.Join(t.TempDir(), "s"))
			return remote.NewSocket(a.host, a.port, hold)
		}},
		{"UDP", func(t *testing.T, r *receiver) (*sluice.Handler, error) {
			a := r.packets(t, "udp", "127.0.0.1:0")
			return remote.NewDatagram("localhost", a.port, packets)
		}},
		{"UDP, IPv6", func(t *testing.T, r *receiver) (*sluice.Handler, error) {
			a := r.packets(t, "udp", "[::1]:0")
			return remote.NewDatagram(a.host, a.port, packets)
		}},
		{"Unix datagrams", func(t *testing.T, r *receiver) (*sluice.Handler, error) {
			a := r.packets(t, "unixgram", filepath.Join(t.TempDir(), "g"))
			return remote.NewDatagram(a.host, a.port, packets)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t, wire.Pickle{}, nil)
			f(t, must(t)(tt.open(t, r)), r)
		})
	}
}

// TestContract: every handler over every transport keeps the contract.
func TestContract(t *testing.T) {
	everywhere(t, func(t *testing.T, h *sluice.Handler, r *receiver) {
		_ = h.Close() // only to know that it opens
	})
	for _, kind := range []string{"tcp", "unix", "udp", "unixgram", "held"} {
		t.Run(kind, func(t *testing.T) {
			emittest.Run(t, func(t *testing.T) emittest.Target {
				r := newReceiver(t, wire.Pickle{}, nil)
				var h *sluice.Handler
				switch kind {
				case "tcp", "held":
					a, o := r.stream(t, "tcp", "127.0.0.1:0"), &remote.SocketOptions{Options: patient}
					if kind == "held" {
						o.Hold = &redial.Hold{Linger: time.Hour}
					}
					h = must(t)(remote.NewSocket(a.host, a.port, o))
				case "unix":
					a := r.stream(t, "unix", filepath.Join(t.TempDir(), "s"))
					h = must(t)(remote.NewSocket(a.host, a.port, &remote.SocketOptions{Options: patient}))
				case "udp":
					a, o := r.packets(t, "udp", "127.0.0.1:0"), &remote.DatagramOptions{Options: patient}
					o.Dial = r.paced(a)
					h = must(t)(remote.NewDatagram(a.host, a.port, o))
				case "unixgram":
					a := r.packets(t, "unixgram", filepath.Join(t.TempDir(), "g"))
					h = must(t)(remote.NewDatagram(a.host, a.port, &remote.DatagramOptions{Options: patient}))
				}
				return emittest.Target{Emitter: h.Emitter(), Delivered: func() []string {
					st := remote.Of(h).Stats()
					r.wait(st.Delivered)
					var texts []string
					for _, rec := range r.Records() {
						texts = append(texts, pyval.Repr(wire.Attributes(rec)))
					}
					return texts
				}}
			})
		})
	}
}

// TestOverEveryTransport: the record arrives with all that it has.
func TestOverEveryTransport(t *testing.T) {
	everywhere(t, func(t *testing.T, h *sluice.Handler, r *receiver) {
		logger := slog.New(h).With(sluice.Name("app.db"), "bound", 1)
		logger.Warn("hello", "n", 2, sluice.Exc(io.ErrUnexpectedEOF), slog.String("name", "collides"))
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.wait(1)
		got := r.Records()[0]
		held := remote.Of(h).Conn().Stats().Attempts > 0 && !got.ID.IsZero()
		if got.Message != "hello" || got.Name != "app.db" || got.Level != sluice.Warning || !strings.Contains(got.ExcText, "unexpected EOF") ||
			!strings.HasSuffix(got.Source.File, "remote_test.go") || held != strings.Contains(t.Name(), "held") {
			t.Errorf("received %+v, source %+v", got, got.Source)
		}
		want := []slog.Attr{slog.Int("bound", 1), slog.Int("n", 2), slog.String("name_", "collides")}
		if fmt.Sprint(got.Attrs) != fmt.Sprint(want) {
			t.Errorf("attributes %v, want %v", got.Attrs, want)
		}
		if st := remote.Of(h).Stats(); st.Accepted != 1 || st.Delivered != 1 || st.Held != 0 || len(st.Dropped) > 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

// TestDropsAreReported: what CPython drops in silence is an error, reported once and
// counted (D11).
func TestDropsAreReported(t *testing.T) {
	var reported int
	o := &remote.SocketOptions{}
	o.OnError = func(_ context.Context, r *sluice.Record, err error) {
		if r == nil || !errors.Is(err, redial.ErrDown) {
			t.Errorf("reported %v of %v", err, r)
		}
		reported++
	}
	h := must(t)(remote.NewSocket(filepath.Join(t.TempDir(), "nobody"), nil, o))
	for range 3 {
		if err := h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "lost", 0)); !errors.Is(err, redial.ErrDown) {
			t.Errorf("Handle: %v", err)
		}
	}
	st := remote.Of(h).Stats()
	if reported != 3 || st.Accepted != 3 || st.Delivered != 0 || st.Dropped[redial.ReasonDown] != 3 {
		t.Errorf("reported %d, stats %+v", reported, st)
	}
}

// TestNotFormatted: with CloseOnError a record that has no pickle closes the
// connection, without it does not.
func TestNotFormatted(t *testing.T) {
	for _, closes := range []bool{false, true} {
		r := newReceiver(t, wire.Pickle{}, nil)
		a := r.stream(t, "tcp", "127.0.0.1:0")
		o := &remote.SocketOptions{CloseOnError: closes, Options: patient}
		reported := 0
		o.OnError = func(context.Context, *sluice.Record, error) { reported++ }
		h := must(t)(remote.NewSocket(a.host, a.port, o))
		log := slog.New(h)
		log.Info("one")
		log.Info("bad", "x", tooDeep())
		log.Info("two")
		r.wait(2)
		st := remote.Of(h).Stats()
		connects := remote.Of(h).Conn().Stats().Connects
		if reported != 1 || st.Dropped[remote.ReasonFormat] != 1 || st.Accepted != 3 || (connects == 2) != closes {
			t.Errorf("closeOnError %v: reported %d, %d connections, stats %+v", closes, reported, connects, st)
		}
	}
}

func TestMistakes(t *testing.T) {
	for name, open := range map[string]func() (*sluice.Handler, error){
		"no host":    func() (*sluice.Handler, error) { return remote.NewSocket("", nil, nil) },
		"port 70000": func() (*sluice.Handler, error) { return remote.NewSocket("h", new(70000), nil) },
		"port -1":    func() (*sluice.Handler, error) { return remote.NewDatagram("h", new(-1), nil) },
		"retryFactor": func() (*sluice.Handler, error) {
			return remote.NewSocket("h", new(1), &remote.SocketOptions{Options: remote.Options{RetryFactor: new(-1.0)}})
		},
		"retryStart": func() (*sluice.Handler, error) {
			return remote.NewDatagram("h", new(1), &remote.DatagramOptions{Options: remote.Options{RetryStart: new(-time.Second)}})
		},
	} {
		if h, err := open(); h != nil || err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "Handler: ") {
			t.Errorf("%s: %v, %v", name, h, err)
		}
	}
}

// TestUnreadIsLessThanReplay: however slow a receiver is, what is sent to it and not
// read when it dies is less than what is sent again.
func TestUnreadIsLessThanReplay(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		stuck, goOn := make(chan struct{}), make(chan struct{})
		const before = 20000 // records that it reads quickly, so that the system gives it room
		var n atomic.Int64
		server := receive.NewServer(sluice.NewStream(io.Discard, formatterFunc(func(dst []byte, r *sluice.Record) ([]byte, error) {
			if i := n.Add(1); i >= before { // over whichever connection
				if i == before {
					close(stuck)
				}
				<-goOn
			}
			return dst, nil
		})), wire.Pickle{}, nil)
		r := &receiver{Server: server}
		address := "127.0.0.1:0"
		if network == "unix" {
			address = filepath.Join(t.TempDir(), "s")
		}
		a := r.stream(t, network, address)
		cut := make(chan uint64, 1)
		var h *sluice.Handler
		o := &remote.SocketOptions{Hold: &redial.Hold{Bytes: 64 << 20, Linger: time.Millisecond}}
		o.Timeout = 200 * time.Millisecond
		// It is told between two connections, when nothing is sent.
		o.OnError = func(context.Context, *sluice.Record, error) {
			select {
			case <-stuck:
				select {
				case cut <- remote.Of(h).Conn().Stats().Written:
				default:
				}
			default:
			}
		}
		h = must(t)(remote.NewSocket(a.host, a.port, o))
		log := slog.New(h)
		for range before {
			log.Info(strings.Repeat("x", 200))
		}
		<-stuck
		for range 4000 {
			log.Info(strings.Repeat("x", 1000))
		}
		var written uint64
		for written == 0 { // until it took nothing for so long
			select {
			case written = <-cut:
			default:
				if remote.Of(h).Stats().Held == 0 {
					written = remote.Of(h).Stats().Delivered
				}
				runtime.Gosched()
			}
		}
		if unread := (written - before) * 1000; written > before && unread > 256<<10 {
			t.Errorf("%s: %d bytes are under way to a receiver that reads nothing", network, unread)
		}
		close(goOn)
		_ = h.Close()
	}
}

type formatterFunc func([]byte, *sluice.Record) ([]byte, error)

func (f formatterFunc) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) { return f(dst, r) }

// tooDeep is a value that has no pickle.
func tooDeep() any {
	var v any
	for range 2000 {
		v = pyval.Tuple{v}
	}
	return v
}
