package sluice_test

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		p := sluice.NewRepeat(c, nil)
		log(t, p, "a", "a", "a", "a", "b", "a", "a")
		expectMessages(t, c, "a", "last message repeated 3 times: a", "b", "a")
		if got := c.Records()[1]; got.Level != sluice.Info || got.Name != "app" || !reflect.DeepEqual(got.Attrs, []slog.Attr{slog.Uint64("withheld", 3)}) {
			t.Errorf("told by %+v, want a record of the repeated one's level and name", got)
		}
		time.Sleep(time.Minute - 1)
		log(t, p, "a")
		time.Sleep(time.Nanosecond)
		log(t, p, "a", "a")
		expectMessages(t, c, "a", "last message repeated 3 times: a", "b", "a", "last message repeated 2 times: a", "a")
		if err := p.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if got := c.Messages(); len(got) != 7 || got[6] != "last message repeated 1 time: a" {
			t.Errorf("after Flush the stream is %q", got)
		}
		log(t, p, "a")
		if err := p.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if got := len(c.Messages()); got != 7 {
			t.Errorf("another Flush at once told again: %q", c.Messages())
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if got := c.Messages(); len(got) != 8 || got[7] != "last message repeated 1 time: a" {
			t.Errorf("after Close the stream is %q", got)
		}
		want := sluice.Stats{Accepted: 11, Delivered: 4, Dropped: map[string]uint64{"repeated": 7}}
		if got := p.Stats(); !reflect.DeepEqual(got, want) {
			t.Errorf("stats %+v, want %+v", got, want)
		}
	})
}

// TestRepeatAlike: which records are alike.
func TestRepeatAlike(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	base := func() *sluice.Record {
		var c emittest.Recorder
		l := slog.New(sluice.NewHandler(&c, nil)).With("w", 1).WithGroup("g").With("v", 2)
		l.Info("m", "s", "text", "i", 7, "u", uint64(7), "f", 1.5, "b", true, "d", time.Second, "t", at,
			slog.Group("h", "k", 1), "e", errors.New("broken"), "list", []int{1, 2}, sluice.Exc(errors.New("exc")))
		r := c.Records()[0]
		r.Origin = &sluice.Origin{Peer: "peer", Process: 7, RelativeCreated: 1}
		return r
	}
	cases := map[string]struct {
		change func(*sluice.Record)
		alike  bool
	}{
		"nothing":       {func(*sluice.Record) {}, true},
		"time":          {func(r *sluice.Record) { r.Time = at }, true},
		"place":         {func(r *sluice.Record) { r.PC = 0; r.Origin.RelativeCreated = 9 }, true},
		"level":         {func(r *sluice.Record) { r.Level++ }, false},
		"level name":    {func(r *sluice.Record) { r.LevelName = "x" }, false},
		"name":          {func(r *sluice.Record) { r.Name = "x" }, false},
		"message":       {func(r *sluice.Record) { r.Message = "x" }, false},
		"error":         {func(r *sluice.Record) { r.ExcText = "x" }, false},
		"stack":         {func(r *sluice.Record) { r.StackInfo = "x" }, false},
		"process":       {func(r *sluice.Record) { r.Origin.Process = 8 }, false},
		"no origin":     {func(r *sluice.Record) { r.Origin = nil }, false},
		"no scope":      {func(r *sluice.Record) { r.Scope = nil }, false},
		"one attribute": {func(r *sluice.Record) { r.Attrs = r.Attrs[1:] }, false},
		"its key":       {func(r *sluice.Record) { r.Attrs[0].Key = "x" }, false},
		"text moved over": {func(r *sluice.Record) {
			r.ExcText, r.Message = r.ExcText[1:], r.Message+r.ExcText[:1]
		}, false},
	}
	for i, other := range []any{"x", 8, uint64(8), 2.5, false, time.Minute, at.Add(1), slog.GroupValue(slog.Int("k", 2)), errors.New("x"), []int{1, 3}} {
		cases[fmt.Sprintf("value %d", i)] = struct {
			change func(*sluice.Record)
			alike  bool
		}{func(r *sluice.Record) { r.Attrs[i].Value = slog.AnyValue(other) }, false}
	}
	for name, c := range cases {
		p := sluice.NewRepeat(new(sluice.Null), nil)
		r := base()
		c.change(r)
		_ = p.Emit(t.Context(), base())
		_ = p.Emit(t.Context(), r)
		if alike := p.Stats().Dropped["repeated"] == 1; alike != c.alike {
			t.Errorf("a record that differs in %s is alike: %t, want %t", name, alike, c.alike)
		}
	}
}

func TestRepeatKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		p := sluice.NewRepeat(c, &sluice.RepeatOptions{Window: time.Second, Key: func(r *sluice.Record) string { return r.Message[:1] }})
		log(t, p, "a1", "a2", "a3", "b")
		expectMessages(t, c, "a1", "last message repeated 2 times: a3", "b")
	})
}

// TestRepeatOfWhatWasLost: a record that was not delivered withholds none.
func TestRepeatOfWhatWasLost(t *testing.T) {
	c := new(emittest.Recorder)
	p := sluice.NewRepeat(c, nil)
	c.Fail(errors.New("broken"))
	if err := p.Emit(t.Context(), &sluice.Record{Level: sluice.Info, Name: "app", Message: "m"}); err == nil {
		t.Error("Emit gave no error")
	}
	c.Fail(nil)
	log(t, p, "m")
	expectMessages(t, c, "m")
}
