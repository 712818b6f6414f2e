package remote_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/queue/spool"
	"github.com/sluicelog/sluice/redial"
)

var messageID = regexp.MustCompile(`(?m)^Message-ID: <([0-9a-f]{16}-\d+@example\.org)>$`)

func idsOf(messages []string) (list []string) {
	for _, m := range messages {
		if id := messageID.FindStringSubmatch(m); id != nil {
			list = append(list, id[1])
		}
	}
	return list
}

// TestSpoolSMTP: a mail server that is down, or busy, costs no mail, and holds up none
// for good that it refuses. What is mailed again, since the process died before it
// could settle it, is the same mail.
func TestSpoolSMTP(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	open := func(dir, mailhost string, dial redial.Dial, timeout time.Duration) *sluice.Handler {
		return must(t)(remote.NewSMTP(mailhost, "App <app@example.org>", to, "Log", &remote.SMTPOptions{Options: remote.Options{
			Spool: dir, Dial: dial, Timeout: timeout, RetryStart: new(time.Millisecond),
			OnError: func(context.Context, *sluice.Record, error) {},
		}}))
	}
	h := open(dir, "", new(late).dial, linger)
	for _, text := range []string{"one", "refused", "two"} {
		slog.New(h).Info(text)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	copied := dir + ".copy"
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	var sent [2][]string
	for run, dir := range []string{dir, copied} {
		var greeted atomic.Int32
		m := &mailbox{answer: func(verb, line string) string {
			switch {
			case verb == "GREETING" && greeted.Add(1) < 3:
				return "421 busy"
			case verb == "MESSAGE" && bodies([]string{line})[0] == "refused\n":
				return "554 not this one"
			}
			return ""
		}}
		h := open(dir, m.listen(t, nil), nil, patient.Timeout)
		drained(h)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if got := bodies(m.Messages()); !slices.Equal(got, []string{"one\n", "two\n"}) {
			t.Errorf("run %d: mailed %q", run, got)
		}
		sent[run] = idsOf(m.Messages())
		if st := remote.SpooledOf(h).Stats(); st.Delivered != 2 || len(st.Dropped) != 1 {
			t.Errorf("run %d: %+v", run, st)
		}
	}
	if len(sent[0]) != 2 || sent[0][0] == sent[0][1] || !slices.Equal(sent[0], sent[1]) {
		t.Errorf("Message-IDs %q, then %q", sent[0], sent[1])
	}
}

// TestSpoolSMTPSettles: each mail is settled before the next one is sent, so that no
// more than one is sent again.
func TestSpoolSMTPSettles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	q, err := spool.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two", "three"} {
		if err := q.Put(t.Context(), &sluice.Record{Message: text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	opened := make(chan *remote.Spooled, 1)
	var held []uint64
	m := &mailbox{answer: func(verb, _ string) string {
		if verb == "MESSAGE" {
			s := <-opened
			held = append(held, s.Stats().Held)
			opened <- s
		}
		return ""
	}}
	h := must(t)(remote.NewSMTP(m.listen(t, nil), "a@example.org", to, "Log", &remote.SMTPOptions{Options: remote.Options{Spool: dir, Timeout: patient.Timeout}}))
	opened <- remote.SpooledOf(h)
	drained(h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(held, []uint64{3, 2, 1}) {
		t.Errorf("%d wait while each is sent, want 3, 2, 1", held)
	}
}
