package receive_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// untilClosed is a listener for one connection, and tells when that was closed here.
type untilClosed struct {
	*net.TCPListener
	closed chan struct{}
}

func (l untilClosed) Accept() (net.Conn, error) {
	nc, err := l.TCPListener.Accept()
	if err != nil {
		return nil, err
	}
	return closing{nc, l.closed}, nil
}

type closing struct {
	net.Conn
	closed chan struct{}
}

func (c closing) Close() error {
	defer close(c.closed)
	return c.Conn.Close()
}

// overTCP sends all to a Server at once, and shuts it down when it has been read: of
// what is still in the sender's system Shutdown knows nothing.
func overTCP(t *testing.T, s *receive.Server, all []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served, closed := make(chan error, 1), make(chan struct{})
	go func() { served <- s.ServeSocket(untilClosed{l.(*net.TCPListener), closed}) }()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(all); err != nil {
		t.Fatal(err)
	}
	_ = nc.Close()
	<-closed
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-served
}

// TestBusyAllocations: what comes over a busy connection costs less than one
// allocation for ten records.
func TestBusyAllocations(t *testing.T) {
	const records = 20_000
	pickled, err := os.ReadFile(filepath.Join("..", "pickle", "testdata", "record.pickle"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		parser receive.Parser
		o      receive.Options
		frame  string
	}{
		{"syslog", new(wire.Syslog), receive.Options{Framing: receive.Syslog}, "<14>Nov 20 12:00:00 web-17 app[4711]: " + strings.Repeat("a message of syslog ", 8) + "\n"},
		{"pickles", wire.Pickle{}, receive.Options{}, string(frame(string(pickled)))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if raceEnabled {
				t.Skip("the race detector makes pools forget")
			}
			s := receive.NewServer(new(sluice.Null), tt.parser, &tt.o)
			all := []byte(strings.Repeat(tt.frame, records))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			overTCP(t, s, all)
			runtime.ReadMemStats(&after)
			if st := s.Stats(); st.Emitted != records || st.Received != records {
				t.Errorf("%d received, %d emitted, want %d", st.Received, st.Emitted, records)
			}
			if n := float64(after.Mallocs-before.Mallocs) / records; n > 0.1 {
				t.Errorf("%.2f allocations a record", n)
			}
		})
	}
}

// TestBusyInOrder: a connection that is read by larger pieces when it turns out to be
// busy loses nothing and keeps the order.
func TestBusyInOrder(t *testing.T) {
	u := newServer(receive.Options{})
	var all, want []string
	for i := range 3000 {
		text := fmt.Sprint(i, " ", strings.Repeat("x", i*i%20_000))
		want = append(want, text)
		all = append(all, string(frame(text)))
	}
	overTCP(t, u.Server, []byte(strings.Join(all, "")))
	got := u.Messages()
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d: %v", len(got), len(want), u.reasons())
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("message %d is %.20q, want %.20q", i, got[i], want[i])
		}
	}
}
