package network

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
)

// TestLossIsCaught: a record that the destination does not have is lost, and told.
func TestLossIsCaught(t *testing.T) {
	swallows := func(p *peer, c *net.TCPConn) {
		in := bufio.NewReader(c)
		(&peer{ledger: new(balance.Ledger)}).readFrame(in)
		for p.readFrame(in) {
		}
	}
	r, err := against(t.Context(), direct(), swallows, func(s *sender) {
		for range 10 {
			s.send(t.Context())
		}
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	if r.Accepted != 10 || r.Lost != 1 || len(r.Failures()) != 1 {
		t.Errorf("%+v", r)
	}
}

// TestShort: what needs neither root nor a program, nor minutes, is kept in the short
// form.
func TestShort(t *testing.T) {
	for _, f := range Faults() {
		if len(f.Needs) > 0 || f.Limit > time.Minute {
			continue
		}
		r := fault.Runner{First: 1, Seeds: 1, Short: true, Dir: t.TempDir(), Log: io.Discard}
		if o := r.Run(t.Context(), f); len(o.Failed) > 0 {
			t.Errorf("%s: %q", f.Name(), o.Failed)
		}
	}
}
