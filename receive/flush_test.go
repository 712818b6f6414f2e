package receive_test

import (
	"net"
	"runtime"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// connected is a Server with what it received, a connection to it, and how it ended.
func connected(t *testing.T, p receive.Parser, o *receive.Options) (*receive.Server, *emittest.Recorder, net.Conn, <-chan error) {
	t.Helper()
	rec := &emittest.Recorder{}
	s := receive.NewServer(rec, p, o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.ServeSocket(l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return s, rec, c, ended
}

// TestFlushesWhenDry: a connection that has nothing more to read has its records
// flushed, and no flush comes where nothing was emitted.
func TestFlushesWhenDry(t *testing.T) {
	s, rec, c, ended := connected(t, wire.Pickle{}, nil)
	frame, err := wire.Frame{Formatter: wire.Pickle{}}.AppendRecord(nil, &sluice.Record{Message: "one"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(frame); err != nil {
		t.Fatal(err)
	}
	for rec.Flushes() == 0 {
		runtime.Gosched()
	}
	if n := len(rec.Records()); n != 1 {
		t.Errorf("flushed with %d records", n)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-ended
	if n := rec.Flushes(); n != 1 {
		t.Errorf("%d flushes for one record", n)
	}
}

// TestFlushesAtTheEnd: what only the end of a connection ended is flushed, too, and
// counted.
func TestFlushesAtTheEnd(t *testing.T) {
	s, rec, c, ended := connected(t, &wire.Syslog{}, &receive.Options{Framing: receive.Syslog})
	if _, err := c.Write([]byte("<14>app[1]: without a newline")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-ended
	if n, flushes, emitted := len(rec.Records()), rec.Flushes(), s.Stats().Emitted; n != 1 || flushes != 1 || emitted != 1 {
		t.Errorf("%d records, %d flushes, %d counted", n, flushes, emitted)
	}
}
