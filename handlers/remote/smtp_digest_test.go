package remote_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

// inDigest runs f in a bubble of time, with a handler of digests.
func inDigest(t *testing.T, m *mailbox, o *remote.SMTPOptions, f func(t *testing.T, h *sluice.Handler, log *slog.Logger)) (reported []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		quiet(o, &reported)
		if o.Dial == nil {
			o.Dial = m.dial
		}
		o.LocalName = "test"
		o.Formatter = sluice.Message{}
		h := must(t)(remote.NewSMTP("", "a@b", []string{"c@d", "e@f"}, "Log", o))
		f(t, h, slog.New(h))
		_ = h.Close() // some tests want it to fail
		m.close()
	})
	return reported
}

func TestDigestGathers(t *testing.T) {
	m := &mailbox{}
	inDigest(t, m, &remote.SMTPOptions{Digest: &remote.SMTPDigest{Every: time.Minute, Records: 3}}, func(t *testing.T, h *sluice.Handler, log *slog.Logger) {
		log.Info("one")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if n := len(m.Messages()); n != 0 {
			t.Errorf("%d mails too early", n)
		}
		log.Info("two")
		time.Sleep(time.Second)
		synctest.Wait()
		for range 315 {
			log.Error("many")
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if n := len(m.Messages()); n != 1 {
			t.Errorf("%d mails in less than two minutes", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if st := remote.MailOf(h).Stats(); st.Accepted != 317 || st.Delivered != 5 || st.Dropped[remote.ReasonLeftOut] != 312 || st.Held != 0 {
			t.Errorf("%+v", st)
		}
		log.Info("alone")
		if err := h.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if got, want := fmt.Sprintf("%q", bodies(m.Messages())), `["one\ntwo\n" "many\nmany\nmany\nand 312 more\n" "alone\n"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprintf("%q", subjectsOf(m.Messages())), `["Log (2 records)" "Log (315 records)" "Log"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDigestAtOnce(t *testing.T) {
	m := &mailbox{}
	critical := sluice.Critical
	subject := func(r *sluice.Record) string { return r.Message }
	inDigest(t, m, &remote.SMTPOptions{GetSubject: subject, Digest: &remote.SMTPDigest{AtOnce: &critical}}, func(t *testing.T, h *sluice.Handler, log *slog.Logger) {
		log.Info("before")
		log.Log(t.Context(), sluice.Critical.Level(), "fire")
		synctest.Wait()
		if got, want := fmt.Sprintf("%q %q", bodies(m.Messages()), subjectsOf(m.Messages())), `["before\nfire\n"] ["fire (2 records)"]`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestDigestIsTriedAgain: what the server does not take for now is kept, what it took
// is not sent twice, and the waits grow.
func TestDigestIsTriedAgain(t *testing.T) {
	var down atomic.Bool
	var tries []time.Duration
	m := &mailbox{}
	var begun time.Time
	o := &remote.SMTPOptions{Digest: &remote.SMTPDigest{Every: time.Second}}
	o.Dial = func(ctx context.Context) (net.Conn, error) {
		if tries = append(tries, time.Since(begun)); down.Load() {
			return nil, errors.New("nobody there")
		}
		return m.dial(ctx)
	}
	reported := inDigest(t, m, o, func(t *testing.T, h *sluice.Handler, log *slog.Logger) {
		begun = time.Now()
		down.Store(true)
		log.Info("one")
		time.Sleep(10 * time.Second)
		log.Info("two")
		if err := h.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "nobody there") {
			t.Errorf("Flush gave %v", err)
		}
		if st := remote.MailOf(h).Stats(); st.Held != 2 {
			t.Errorf("%+v", st)
		}
		down.Store(false)
		time.Sleep(time.Minute)
		synctest.Wait()
	})
	if got, want := fmt.Sprintf("%q", bodies(m.Messages())), `["one\n" "two\n"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(tries), "[1s 2s 4s 8s 10s 26s 26s]"; got != want || len(reported) != 5 {
		t.Errorf("tried at %s, want %s; reported %q", got, want, reported)
	}
}

// TestDigestGreylisted: only who was refused for now is tried again.
func TestDigestGreylisted(t *testing.T) {
	var n atomic.Int32
	m := &mailbox{answer: func(verb, line string) string {
		if strings.Contains(line, "<e@f>") && n.Add(1) < 3 {
			return "450 come again"
		}
		return ""
	}}
	inDigest(t, m, &remote.SMTPOptions{Digest: &remote.SMTPDigest{Every: time.Second}}, func(t *testing.T, h *sluice.Handler, log *slog.Logger) {
		log.Info("one")
		time.Sleep(time.Minute)
		synctest.Wait()
		if st := remote.MailOf(h).Stats(); st.Delivered != 1 || st.Held != 0 {
			t.Errorf("%+v", st)
		}
	})
	if len(m.Messages()) != 2 || strings.Count(m.Said(), "<c@d>") != 1 || strings.Count(m.Said(), "<e@f>") != 3 {
		t.Errorf("%d mails\n%s", len(m.Messages()), m.Said())
	}
}

// TestDigestDrops: what is refused for good, or may have arrived, is counted and not
// sent again; what cannot be sent at the end is counted too.
func TestDigestDrops(t *testing.T) {
	for _, tt := range []struct{ verb, answer, reason string }{
		{"MAIL", "550 no", remote.ReasonRefused}, {"MESSAGE", "CUT", remote.ReasonUnanswered}, {"GREETING", "HANG", remote.ReasonClosed}, {"RCPT", "450 later", remote.ReasonClosed},
	} {
		m := &mailbox{answer: func(verb, _ string) string {
			if verb == tt.verb {
				return tt.answer
			}
			return ""
		}}
		reported := inDigest(t, m, &remote.SMTPOptions{Digest: &remote.SMTPDigest{Every: time.Hour}}, func(t *testing.T, h *sluice.Handler, log *slog.Logger) {
			log.Info("one")
			log.Info("two")
			begun := time.Now()
			err := h.Close()
			if took := time.Since(begun); err == nil || took > 30*time.Second {
				t.Errorf("%s: Close gave %v after %v", tt.reason, err, took)
			}
			if st := remote.MailOf(h).Stats(); st.Dropped[tt.reason] != 2 || st.Held != 0 {
				t.Errorf("%s: %+v", tt.reason, st)
			}
			if err := h.Emit(t.Context(), &sluice.Record{}); !errors.Is(err, sluice.ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		})
		if len(reported) == 0 {
			t.Errorf("%s: nothing reported", tt.reason)
		}
	}
}

func TestDigestIsBounded(t *testing.T) {
	m := &mailbox{}
	inDigest(t, m, &remote.SMTPOptions{Digest: &remote.SMTPDigest{Bytes: 100}}, func(t *testing.T, h *sluice.Handler, log *slog.Logger) {
		log.Info(strings.Repeat("é", 1000))
		log.Info("left out")
	})
	if got := m.Messages()[0]; !strings.Contains(got, "base64") && !strings.Contains(got, "[cut]") || len(got) > 1000 {
		t.Errorf("mailed %q", got)
	}
}

// TestDigestAllocates: a record in a digest costs its text, and the subject if it is
// the gravest.
func TestDigestAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	m := &mailbox{}
	o := &remote.SMTPOptions{Digest: &remote.SMTPDigest{Every: time.Hour, Records: 1}, Formatter: sluice.Message{}}
	o.Dial = m.dial
	h := must(t)(remote.NewSMTP("", "a@b", []string{"c@d"}, "Log", o))
	defer m.close()
	defer h.Close()
	logger := slog.New(h)
	if n := testing.AllocsPerRun(100, func() { logger.Info("a message", "n", 1) }); n > 2 {
		t.Errorf("%v allocations a record", n)
	}
}

// TestDigestHoldsOnFlush: behind a queue, which flushes after each batch, records are
// gathered all the same.
func TestDigestHoldsOnFlush(t *testing.T) {
	m := &mailbox{}
	inDigest(t, m, &remote.SMTPOptions{Digest: &remote.SMTPDigest{Every: time.Minute, HoldOnFlush: true}}, func(t *testing.T, h *sluice.Handler, log *slog.Logger) {
		for range 3 {
			log.Info("one")
			if err := h.Flush(t.Context()); err != nil || len(m.Messages()) > 0 {
				t.Errorf("%v, %d mails", err, len(m.Messages()))
			}
		}
	})
	if got := bodies(m.Messages()); len(got) != 1 || got[0] != "one\none\none\n" {
		t.Errorf("mailed %q", got)
	}
}
