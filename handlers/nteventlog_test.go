package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
)

func TestNTEventLogElsewhere(t *testing.T) {
	h, err := NewNTEventLog("app", nil)
	if runtime.GOOS == "windows" {
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	} else if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), runtime.GOOS) {
		t.Errorf("got %v", err)
	}
	for _, o := range []*NTEventLogOptions{{LogType: `a\b`}, {DLLName: "a\x00"}} {
		if _, err := NewNTEventLog("app", o); err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
	for _, name := range []string{"", `a\b`, "a\x00b", strings.Repeat("a", 256)} {
		if _, err := NewNTEventLog(name, nil); err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%.10q: got %v", name, err)
		}
	}
}

// TestNTEventLogEvents: what is reported of records, by default and where functions
// decide.
func TestNTEventLogEvents(t *testing.T) {
	var got []string
	fake := func(e event) error {
		got = append(got, fmt.Sprintf("%d %d %d %q", e.kind, e.category, e.id, e.text))
		if strings.Contains(e.text, "fail") {
			return errors.New("the log is full")
		}
		return nil
	}
	e := &EventLog{report: fake}
	h := sluice.NewHandler(e, &sluice.HandlerOptions{Level: sluice.NotSet, OnError: func(context.Context, *sluice.Record, error) {}})
	log := slog.New(h)
	for _, l := range []sluice.Level{sluice.Debug, sluice.Info, sluice.Warning, sluice.Error, sluice.Critical, 25} {
		log.Log(t.Context(), l.Level(), "m", "n", 1)
	}
	log.Info("fail\x00\xff")
	e.options = NTEventLogOptions{
		TypeMap: map[sluice.Level]EventType{sluice.Info: EventAuditSuccess}, DefType: EventWarning,
		Category: func(r *sluice.Record) uint16 { return uint16(r.Level) }, MessageID: func(*sluice.Record) uint32 { return 0xc0000042 },
	}
	log.Info("a")
	log.Error("b")
	e.options.Type = func(r *sluice.Record) EventType { return EventAuditFailure }
	log.Info("c")
	want := `4 0 1 "m n=1",4 0 1 "m n=1",2 0 1 "m n=1",1 0 1 "m n=1",1 0 1 "m n=1",1 0 1 "m n=1",4 0 1 "fail` + "\ufffd\ufffd" + `",` +
		`8 20 3221225538 "a",2 40 3221225538 "b",16 20 3221225538 "c"`
	if strings.Join(got, ",") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ","), want)
	}
	if st := e.Stats(); st.Accepted != 10 || st.Delivered != 9 || st.Dropped["not reported"] != 1 {
		t.Errorf("%+v", st)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := h.Emit(t.Context(), &sluice.Record{}); !errors.Is(err, sluice.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestEventText(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{strings.Repeat("a", 31839), strings.Repeat("a", 31839)},
		{strings.Repeat("é", 31839), strings.Repeat("é", 31839)},
		{strings.Repeat("a", 31840), strings.Repeat("a", 31833) + " [cut]"},
		{strings.Repeat("😀", 15920), strings.Repeat("😀", 15916) + " [cut]"},
	} {
		if got := eventText(tt.in); got != tt.want {
			t.Errorf("%d bytes: got %d bytes ending in %q", len(tt.in), len(got), got[len(got)-10:])
		}
	}
}
