package mail

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
)

func TestShort(t *testing.T) {
	for _, f := range Faults() {
		r := fault.Runner{First: 1, Seeds: 1, Short: true, Dir: t.TempDir(), Log: io.Discard}
		if o := r.Run(t.Context(), f); len(o.Failed) > 0 {
			t.Errorf("%s: %q", f.Name(), o.Failed)
		}
	}
}

// TestBrokenIsCaught: a line that is mailed twice, and one that is not, are found.
func TestBrokenIsCaught(t *testing.T) {
	w := &writer{}
	h, err := w.handler("127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	digests, err := w.handler("127.0.0.1:1", &remote.SMTPDigest{})
	if err != nil {
		t.Fatal(err)
	}
	defer digests.Close()
	text := func(seq int) []byte {
		id := balance.ID{Producer: 1, Seq: seq}
		w.Ledger.Accept(id)
		return append([]byte("Subject: x\n\n"), balance.AppendLine(nil, id, 60)...)
	}
	s := &server{failed: 1}
	s.mails = []mail{{to: []string{"first@example.org"}, data: text(0)}, {to: []string{"first@example.org"}, data: text(0)}}
	text(1)
	q, err := newQueued(w, "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := q.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := behaviour{}
	r := b.balance(s, w, h, digests, q)
	if r.Lost != 1 || r.Doubled != 1 || !strings.Contains(fmt.Sprint(r.Broken), "2 times") {
		t.Errorf("%+v", r)
	}
}
