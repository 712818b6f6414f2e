package receive_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// syslogServer serves syslog in a bubble.
type syslogServer struct {
	*receive.Server
	emittest.Recorder
	*pipes

	mu      sync.Mutex
	refused []string
}

func inSyslogBubble(t *testing.T, o receive.Options, f func(t *testing.T, s *syslogServer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &syslogServer{pipes: newPipes()}
		o.Framing = receive.Syslog
		o.OnError = func(e *receive.Error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refused = append(s.refused, e.Reason)
		}
		s.Server = receive.NewServer(&s.Recorder, new(wire.Syslog), &o)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = s.ServeSocket(s.pipes)
		}()
		f(t, s)
		_ = s.Shutdown(t.Context())
		<-done
		st := s.Stats()
		var refused uint64
		for reason, n := range st.Refused {
			if reason != receive.ReasonIdle {
				refused += n
			}
		}
		if st.Received != st.Emitted+refused {
			t.Errorf("%d came in, %d were emitted and %v refused", st.Received, st.Emitted, st.Refused)
		}
	})
}

func sendText(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func (s *syslogServer) expect(t *testing.T, refused []string, messages ...string) {
	t.Helper()
	synctest.Wait()
	if got := s.Messages(); !slices.Equal(got, messages) {
		t.Errorf("received %.200q, want %.200q", got, messages)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.refused, refused) {
		t.Errorf("refused for %q, want %q", s.refused, refused)
	}
}

func TestSyslogStream(t *testing.T) {
	inSyslogBubble(t, receive.Options{}, func(t *testing.T, s *syslogServer) {
		long := strings.Repeat("x", 100_000)
		for _, stream := range []string{"<14>one\x00<14>two\x00", "7 <14>one7 <14>two", "<14>one\n<14>two\n", "<14>one\n<14>two"} {
			c := s.dial()
			sendText(t, c, stream)
			_ = c.Close()
			synctest.Wait()
		}
		c := s.dial()
		sendText(t, c, "<14>"+long+"\n")
		for _, b := range []byte("<14>byte\n") {
			sendText(t, c, string(b))
		}
		_ = c.Close()
		s.expect(t, nil, "one", "two", "one", "two", "one", "two", "one", "two", long, "byte")
	})
}

// What is too long costs itself, and its connection only if its count is no
// length of a message.
func TestSyslogTooLong(t *testing.T) {
	inSyslogBubble(t, receive.Options{MaxFrame: 100}, func(t *testing.T, s *syslogServer) {
		c := s.dial()
		sendText(t, c, "<14>a\n<14>"+strings.Repeat("x", 50_000)+"\n<14>b\n")
		_ = c.Close()
		s.expect(t, []string{"too long"}, "a", "b")
		c = s.dial()
		sendText(t, c, "5 <14>c200 <14>"+strings.Repeat("y", 196)+"5 <14>d")
		_ = c.Close()
		s.expect(t, []string{"too long", "too long"}, "a", "b", "c", "d")
		c = s.dial()
		sendText(t, c, "999999999 <14>e")
		s.expect(t, []string{"too long", "too long", "too long"}, "a", "b", "c", "d")
		if _, err := c.Write([]byte("x")); err == nil {
			t.Error("the connection is open")
		}
	})
}

// A message without an end ends when no more comes; one that is counted and does
// not come whole is refused.
func TestSyslogEnds(t *testing.T) {
	inSyslogBubble(t, receive.Options{FrameTimeout: 10 * time.Second, IdleTimeout: time.Hour}, func(t *testing.T, s *syslogServer) {
		c := s.dial()
		sendText(t, c, "<14>no end")
		time.Sleep(9 * time.Second)
		s.expect(t, nil)
		time.Sleep(2 * time.Second)
		s.expect(t, nil, "no end")
		sendText(t, c, "<14>goes on\n")
		s.expect(t, nil, "no end", "goes on")
		time.Sleep(2 * time.Hour)
		s.expect(t, []string{"idle"}, "no end", "goes on")
		c = s.dial()
		sendText(t, c, "9 <14>x")
		_ = c.Close()
		s.expect(t, []string{"idle", "truncated"}, "no end", "goes on")
		c = s.dial()
		sendText(t, c, "9 <14>x")
		time.Sleep(11 * time.Second)
		s.expect(t, []string{"idle", "truncated", "timeout"}, "no end", "goes on")
		_ = c.Close()
	})
}

// Shutdown does not wait for the end of a message that may never have one.
func TestSyslogShutdown(t *testing.T) {
	inSyslogBubble(t, receive.Options{}, func(t *testing.T, s *syslogServer) {
		c := s.dial()
		defer c.Close()
		sendText(t, c, "<14>one\n<14>last")
		synctest.Wait()
		began := time.Now()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("Shutdown took %v", d)
		}
		s.expect(t, nil, "one", "last")
	})
}

func TestSyslogDatagrams(t *testing.T) {
	var got emittest.Recorder
	s := receive.NewServer(&got, new(wire.Syslog), &receive.Options{Framing: receive.Syslog, MaxFrame: 1000})
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.ServePacket(pc) }()
	c, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, text := range []string{"<14>one\x00", "<14>two\nlines", "", "7 <14>six", strings.Repeat("x", 1001), "last"} {
		sendText(t, c, text)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-done
	if want := []string{"one", "two\nlines", "", "7 <14>six", "last"}; !slices.Equal(got.Messages(), want) {
		t.Errorf("received %q, want %q", got.Messages(), want)
	}
	if peer := got.Records()[0].Origin.Peer; peer != c.LocalAddr().String() {
		t.Errorf("from %q, want %q", peer, c.LocalAddr())
	}
	if st := s.Stats(); fmt.Sprint(st.Refused) != "map[too long:1]" || st.Received != 6 {
		t.Errorf("stats %+v", st)
	}
}
