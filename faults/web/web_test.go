package web

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
)

func TestShort(t *testing.T) {
	for _, f := range Faults() {
		r := fault.Runner{First: 1, Seeds: 1, Short: true, Dir: t.TempDir(), Log: io.Discard}
		if o := r.Run(t.Context(), f); len(o.Failed) > 0 {
			t.Errorf("%s: %.600q", f.Name(), o.Failed)
		}
	}
}

// TestBrokenIsCaught: a line that is stored twice, one that is not, and a batch that
// comes again are found.
func TestBrokenIsCaught(t *testing.T) {
	s := &server{left: 0, failed: 1, twice: []string{"key"}}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	w := &writer{}
	var hs [2]*sluice.Handler
	for i, batch := range []*remote.HTTPBatch{nil, {}} {
		h, err := w.handler(s, batch)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		hs[i] = h
	}
	for seq, times := range []int{2, 0} {
		id := balance.ID{Seq: seq}
		w.Ledger.Accept(id)
		for range times {
			text := strings.TrimSuffix(string(balance.AppendLine(nil, id, 60)), "\n")
			_ = s.stored.Emit(t.Context(), &sluice.Record{Message: text})
		}
	}
	b := behaviour{says: "x"}
	r := b.balance(s, w, hs[0], hs[1])
	if r.Lost != 1 || r.Doubled != 1 || !strings.Contains(fmt.Sprint(r.Broken), "key") || !strings.Contains(fmt.Sprint(r.Broken), "nothing was reported") {
		t.Errorf("%+v", r)
	}
}
