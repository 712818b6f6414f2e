package receive_test

import (
	"context"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// TestSyslogAllocations: what comes over a busy connection costs less than one
// allocation for ten records.
func TestSyslogAllocations(t *testing.T) {
	const records = 20_000
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := receive.NewServer(new(sluice.Null), new(wire.Syslog), &receive.Options{Framing: receive.Syslog})
	served := make(chan error, 1)
	go func() { served <- s.ServeSocket(l) }()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	all := []byte(strings.Repeat("<14>Nov 20 12:00:00 web-17 app[4711]: "+strings.Repeat("a message of syslog ", 8)+"\n", records))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := nc.Write(all); err != nil {
		t.Fatal(err)
	}
	_ = nc.Close()
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	<-served
	if st := s.Stats(); st.Emitted != records || st.Received != records {
		t.Errorf("%d received, %d emitted, want %d", st.Received, st.Emitted, records)
	}
	if n := float64(after.Mallocs-before.Mallocs) / records; n > 0.1 {
		t.Errorf("%.2f allocations a record", n)
	}
}
