package receive_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/receive"
)

// asMessage takes the payload for the message; "bad" and "panic" are what they
// say.
type asMessage struct{}

func (asMessage) ParseRecordInto(r *sluice.Record, data []byte) error {
	switch string(data) {
	case "bad":
		return errors.New("bad payload")
	case "panic":
		panic("parser broke")
	}
	*r = sluice.Record{Message: string(data)}
	return nil
}

func frame(payload string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}

func frames(payloads ...string) []byte {
	var b []byte
	for _, p := range payloads {
		b = append(b, frame(p)...)
	}
	return b
}

// under is a Server with what it received and complained about.
type under struct {
	*receive.Server
	emittest.Recorder
	mu     sync.Mutex
	errors []*receive.Error
}

func newServer(o receive.Options) *under {
	u := &under{}
	o.OnError = func(e *receive.Error) {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.errors = append(u.errors, e)
	}
	u.Server = receive.NewServer(&u.Recorder, asMessage{}, &o)
	return u
}

func (u *under) reasons() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var rs []string
	for _, e := range u.errors {
		rs = append(rs, e.Reason)
	}
	return rs
}

// pipes is a net.Listener whose connections are net.Pipes, for bubbles.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }
func (p *pipes) dial() net.Conn {
	a, b := net.Pipe()
	p.conns <- b
	return a
}

// inBubble runs f against a Server on pipes, and ends both.
func inBubble(t *testing.T, o receive.Options, f func(t *testing.T, u *under, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		u, p := newServer(o), newPipes()
		served := make(chan error, 1)
		go func() { served <- u.ServeSocket(p) }()
		f(t, u, p)
		if err := u.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
			t.Errorf("ServeSocket gave %v, want ErrServerClosed", err)
		}
		st := u.Stats()
		var refused uint64
		for reason, n := range st.Refused {
			if reason != receive.ReasonIdle && reason != receive.ReasonTooMany {
				refused += n
			}
		}
		if st.Conns != 0 || st.Received != st.Emitted+refused {
			t.Errorf("%+v does not add up", st)
		}
	})
}

func send(t *testing.T, c net.Conn, data []byte) {
	t.Helper()
	if _, err := c.Write(data); err != nil {
		t.Fatalf("write: %v", err)
	}
}

func TestFrames(t *testing.T) {
	long := strings.Repeat("long ", 20000)
	cases := []struct {
		name     string
		send     []byte
		step     int // bytes of each write; 0: all
		messages []string
		reasons  []string
	}{
		{"one", frames("one"), 0, []string{"one"}, nil},
		{"many in one write", frames("one", "two", "", "three"), 0, []string{"one", "two", "", "three"}, nil},
		{"single bytes, the prefix too", frames("one", "two"), 1, []string{"one", "two"}, nil},
		{"longer than the buffer", frames("a", long, "b", long+"!"), 0, []string{"a", long, "b", long + "!"}, nil},
		{"longer than the buffer, in pieces", frames(long, "b"), 977, []string{long, "b"}, nil},
		{"a bad frame costs itself", frames("one", "bad", "two"), 0, []string{"one", "two"}, []string{"bad record"}},
		{"a frame that breaks the parser", frames("one", "panic", "two"), 0, []string{"one", "two"}, []string{"bad record"}},
		{"over the limit is skipped", frames("one", strings.Repeat("x", 200001), "two"), 5000, []string{"one", "two"}, []string{"too long"}},
		{"no length of a record", append(frames("one"), 0xff, 0xff, 0xff, 0xff, 'x'), 0, []string{"one"}, []string{"too long"}},
		{"cut in the prefix", append(frames("one"), 0, 0), 0, []string{"one"}, []string{"truncated"}},
		{"cut in the payload", append(frames("one"), 0, 0, 0, 9, 'x'), 0, []string{"one"}, []string{"truncated"}},
		{"cut while skipped", append(frames("one"), 0, 4, 0, 0, 'x'), 0, []string{"one"}, []string{"too long"}},
		{"nothing", nil, 0, nil, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, receive.Options{MaxFrame: 200000}, func(t *testing.T, u *under, p *pipes) {
				conn := p.dial()
				step := c.step
				if step == 0 {
					step = len(c.send) + 1
				}
				for rest := c.send; len(rest) > 0; {
					n := min(step, len(rest))
					if _, err := conn.Write(rest[:n]); err != nil {
						break // the server ended the connection, as it may
					}
					rest = rest[n:]
				}
				_ = conn.Close()
				synctest.Wait()
				if got := u.Messages(); !reflect.DeepEqual(got, c.messages) {
					t.Errorf("received %.200q, want %.200q", got, c.messages)
				}
				if got := u.reasons(); !reflect.DeepEqual(got, c.reasons) {
					t.Errorf("refused %q (%v), want %q", got, u.errors, c.reasons)
				}
			})
		})
	}
}

func TestTimeouts(t *testing.T) {
	inBubble(t, receive.Options{IdleTimeout: time.Hour, FrameTimeout: time.Minute}, func(t *testing.T, u *under, p *pipes) {
		idle, slow, good := p.dial(), p.dial(), p.dial()
		send(t, slow, []byte{0, 0, 0, 9, 'x'})
		time.Sleep(59 * time.Minute)
		send(t, good, frame("still here"))
		time.Sleep(2 * time.Minute)
		if got := u.reasons(); !reflect.DeepEqual(got, []string{"timeout", "idle"}) {
			t.Errorf("refused %q, want the slow frame, then the idle connection", got)
		}
		send(t, good, frame("and now"))
		synctest.Wait()
		if got := u.Messages(); !reflect.DeepEqual(got, []string{"still here", "and now"}) {
			t.Errorf("received %q over the good connection", got)
		}
		for _, c := range []net.Conn{idle, slow} {
			if _, err := c.Write([]byte("x")); err == nil {
				t.Error("a connection that timed out is open")
			}
		}
	})
}

// TestShutdownFinishesTheFrameInHand: what was begun is read to its end.
func TestShutdownFinishesTheFrameInHand(t *testing.T) {
	inBubble(t, receive.Options{}, func(t *testing.T, u *under, p *pipes) {
		idle, half := p.dial(), p.dial()
		whole := frame("the frame in hand")
		send(t, half, whole[:7])
		down := make(chan error, 1)
		go func() { down <- u.Shutdown(t.Context()) }()
		time.Sleep(10 * time.Second)
		select {
		case <-down:
			t.Fatal("Shutdown did not wait for the frame in hand")
		default:
		}
		send(t, half, append(whole[7:], frame("and one right behind it")...))
		if err := <-down; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if got := u.Messages(); len(got) != 2 || got[0] != "the frame in hand" {
			t.Errorf("received %q", got)
		}
		_ = idle.Close()
	})
}

func TestShutdownGivesUp(t *testing.T) {
	inBubble(t, receive.Options{}, func(t *testing.T, u *under, p *pipes) {
		half := p.dial()
		send(t, half, []byte{0, 0, 0, 9, 'x'})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := u.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown gave %v, want the deadline", err)
		}
		if got := u.reasons(); !reflect.DeepEqual(got, []string{"shutdown"}) {
			t.Errorf("refused %q, want the half frame", got)
		}
	})
}

func TestEmitterThatFails(t *testing.T) {
	inBubble(t, receive.Options{}, func(t *testing.T, u *under, p *pipes) {
		c := p.dial()
		u.Fail(errors.New("disk full"))
		send(t, c, frame("lost"))
		synctest.Wait()
		u.Fail(nil)
		send(t, c, frame("kept"))
		synctest.Wait()
		st := u.Stats()
		if st.Received != 2 || st.Emitted != 1 || st.Refused[receive.ReasonNotEmitted] != 1 {
			t.Errorf("stats %+v, want one record not delivered", st)
		}
		if len(u.reasons()) != 0 {
			t.Errorf("reported %q, which the Emitter does itself", u.reasons())
		}
	})
}

// TestRealSockets: TCP, Unix and UDP, with the peer's address in the record.
func TestRealSockets(t *testing.T) {
	before := runtime.NumGoroutine()
	u := newServer(receive.Options{})
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// t.TempDir may be too long for a socket's address.
	unix, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, serve := range []func() error{
		func() error { return u.ServeSocket(tcp) },
		func() error { return u.ServeSocket(unix) },
		func() error { return u.ServePacket(udp) },
	} {
		wg.Go(func() {
			if err := serve(); !errors.Is(err, receive.ErrServerClosed) {
				t.Errorf("serve gave %v", err)
			}
		})
	}
	want := map[string]string{}
	for _, a := range []net.Addr{tcp.Addr(), unix.Addr(), udp.LocalAddr()} {
		c, err := net.Dial(a.Network(), a.String())
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, frame("over "+a.Network()))
		want["over "+a.Network()] = ""
		if a.Network() != "unix" {
			want["over "+a.Network()] = c.LocalAddr().String()
		} else if err := c.Close(); err != nil {
			t.Error(err)
		}
		defer c.Close()
	}
	udpc, err := net.Dial("udp", udp.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer udpc.Close()
	for _, bad := range [][]byte{{}, {0, 0}, {0, 0, 0, 9, 'x'}, append(frame("x"), 'y'), {0x7f, 0, 0, 0}} {
		send(t, udpc, bad)
	}
	for u.Stats().Received < 3+5 {
		runtime.Gosched()
	}
	if err := u.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	wg.Wait()
	got := map[string]string{}
	for _, r := range u.Records() {
		got[r.Message] = r.Origin.Peer
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("received %v, want %v", got, want)
	}
	if got, want := u.reasons(), []string{"truncated", "truncated", "truncated", "bad record", "too long"}; !reflect.DeepEqual(got, want) {
		t.Errorf("refused %q, want %q", got, want)
	}
	if err := u.ServeSocket(tcp); !errors.Is(err, receive.ErrServerClosed) {
		t.Errorf("ServeSocket after Shutdown gave %v", err)
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched() // ended goroutines may not be counted off yet; a leak hangs here
	}
}

func Example() {
	var c emittest.Recorder
	s := receive.NewServer(&c, asMessage{}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan error)
	go func() { done <- s.ServeSocket(l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = conn.Write([]byte("\x00\x00\x00\x05hello"))
	_ = conn.Close()
	for s.Stats().Received == 0 {
		runtime.Gosched()
	}
	_ = s.Shutdown(context.Background())
	<-done
	fmt.Println(c.Messages())
	// Output: [hello]
}
