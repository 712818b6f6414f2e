package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
)

// withholder is a RateLimit, a Sample or a Repeat.
type withholder interface {
	sluice.Emitter
	Stats() sluice.Stats
}

// log emits a record of level Info for each message.
func log(t *testing.T, e sluice.Emitter, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := e.Emit(t.Context(), &sluice.Record{Level: sluice.Info, Name: "app", Message: m}); err != nil {
			t.Errorf("Emit(%q): %v", m, err)
		}
	}
}

func expectMessages(t *testing.T, c *emittest.Recorder, want ...string) {
	t.Helper()
	if got := c.Messages(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the stream is %q, want %q", got, want)
	}
}

// numbered gives n messages from first on.
func numbered(first, n int) []string {
	var messages []string
	for i := range n {
		messages = append(messages, fmt.Sprintf("m%d", first+i))
	}
	return messages
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		l := sluice.NewRateLimit(c, &sluice.RateLimitOptions{Records: 2, Per: time.Second, Burst: 3})
		log(t, l, numbered(0, 10)...)
		expectMessages(t, c, "m0", "m1", "m2")
		time.Sleep(499 * time.Millisecond)
		log(t, l, "too early")
		time.Sleep(time.Millisecond)
		log(t, l, "one more", "not two")
		expectMessages(t, c, "m0", "m1", "m2", "8 records withheld: rate limit", "one more")
		// It is said once a second; what was withheld meanwhile is said later.
		time.Sleep(500 * time.Millisecond)
		log(t, l, "without a word")
		expectMessages(t, c, "m0", "m1", "m2", "8 records withheld: rate limit", "one more", "without a word")
		time.Sleep(time.Hour)
		log(t, l, "a", "b", "c", "d")
		expectMessages(t, c, "m0", "m1", "m2", "8 records withheld: rate limit", "one more", "without a word",
			"1 record withheld: rate limit", "a", "b", "c")
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if got := c.Messages()[len(c.Messages())-1]; got != "1 record withheld: rate limit" {
			t.Errorf("the last record is %q, want what was withheld", got)
		}
		want := sluice.Stats{Accepted: 18, Delivered: 8, Dropped: map[string]uint64{"rate limit": 10}}
		if got := l.Stats(); !reflect.DeepEqual(got, want) {
			t.Errorf("stats %+v, want %+v", got, want)
		}
	})
}

func TestRateLimitExempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		l := sluice.NewRateLimit(c, &sluice.RateLimitOptions{Records: 1, Per: time.Hour, Exempt: sluice.Error})
		log(t, l, "first", "second")
		for range 3 {
			if err := l.Emit(t.Context(), &sluice.Record{Level: sluice.Error, Message: "error"}); err != nil {
				t.Error(err)
			}
		}
		expectMessages(t, c, "first", "1 record withheld: rate limit", "error", "error", "error")
	})
}

// TestRateLimitDefaults: 100 records a second.
func TestRateLimitDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		l := sluice.NewRateLimit(c, nil)
		log(t, l, numbered(0, 150)...)
		if got := len(c.Messages()); got != 100 {
			t.Errorf("%d records at once, want 100", got)
		}
		time.Sleep(time.Second)
		log(t, l, numbered(0, 150)...)
		if got := len(c.Messages()); got != 201 {
			t.Errorf("%d records after a second, want 200 and the word of those withheld", got)
		}
	})
}

// TestWithheldRecord: what the record looks like that tells.
func TestWithheldRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		l := sluice.NewRateLimit(c, &sluice.RateLimitOptions{Records: 1})
		for _, r := range []sluice.Record{
			{Level: sluice.Debug, Name: "a"}, {Level: sluice.Debug, Name: "a"},
			{Level: sluice.Critical, Name: "b"}, {Level: sluice.Info, Name: "a.b"},
		} {
			if err := l.Emit(t.Context(), &r); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(time.Second)
		if err := l.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		want := &sluice.Record{
			Time: time.Now(), Level: sluice.Critical, Name: "a.b", Message: "3 records withheld: rate limit",
			Attrs: []slog.Attr{slog.Uint64("withheld", 3)},
		}
		got := c.Records()[1]
		if !got.Time.Equal(want.Time) {
			t.Errorf("time %v, want %v", got.Time, want.Time)
		}
		got.Time = want.Time
		if !reflect.DeepEqual(got, want) {
			t.Errorf("told %+v, want %+v", got, want)
		}
		log(t, l, "x", "y")
		time.Sleep(time.Second)
		if err := l.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if got := c.Records()[3]; got.Level != sluice.Warning {
			t.Errorf("Info that was withheld is told at %v, want Warning", got.Level)
		}
	})
}

func TestSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		s := sluice.NewSample(c, &sluice.SampleOptions{First: 2, Every: 3, Interval: time.Second, Exempt: sluice.Error})
		log(t, s, "m", "m", "m", "m") // 1 2 . .
		log(t, s, "other")
		expectMessages(t, c, "m", "m", "2 records withheld: sampling", "other")
		if err := s.Emit(t.Context(), &sluice.Record{Level: sluice.Warning, Message: "m"}); err != nil {
			t.Error(err)
		}
		log(t, s, "m", "m", "m", "m") // 5 . . 8
		expectMessages(t, c, "m", "m", "2 records withheld: sampling", "other", "m", "m", "m")
		for range 3 {
			_ = s.Emit(t.Context(), &sluice.Record{Level: sluice.Error, Message: "e"})
		}
		time.Sleep(time.Second)
		log(t, s, "m", "m", "m")
		expectMessages(t, c, "m", "m", "2 records withheld: sampling", "other", "m", "m", "m", "e", "e", "e",
			"2 records withheld: sampling", "m", "m")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := c.Messages()[13]; got != "1 record withheld: sampling" {
			t.Errorf("Close told %q", got)
		}
	})
}

func TestSampleKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		s := sluice.NewSample(c, &sluice.SampleOptions{First: 1, Every: -1, Key: func(r *sluice.Record) string { return r.Message[:1] }})
		log(t, s, "a1", "a2", "b1", "a3", "b2")
		time.Sleep(time.Second - 1)
		log(t, s, "a4")
		expectMessages(t, c, "a1", "1 record withheld: sampling", "b1")
		time.Sleep(time.Nanosecond)
		log(t, s, "a5")
		expectMessages(t, c, "a1", "1 record withheld: sampling", "b1", "3 records withheld: sampling", "a5")
	})
}

// TestSampleDefaults: the first 100 of a kind each second, then one in 100.
func TestSampleDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(emittest.Recorder)
		s := sluice.NewSample(c, nil)
		for range 400 {
			log(t, s, "m")
		}
		want := sluice.Stats{Accepted: 400, Delivered: 103, Dropped: map[string]uint64{"sampling": 297}}
		if got := s.Stats(); !reflect.DeepEqual(got, want) {
			t.Errorf("stats %+v, want %+v", got, want)
		}
	})
}

// TestWithheldIsToldLater: where the destination fails, nothing is forgotten.
func TestWithheldIsToldLater(t *testing.T) {
	broken := errors.New("broken")
	for name, make := range map[string]struct {
		front func(sluice.Emitter) withholder
		told  string
	}{
		"rate limit": {func(e sluice.Emitter) withholder { return sluice.NewRateLimit(e, &sluice.RateLimitOptions{Records: 1}) },
			"1 record withheld: rate limit"},
		"sampling": {func(e sluice.Emitter) withholder {
			return sluice.NewSample(e, &sluice.SampleOptions{First: 1, Every: -1})
		}, "1 record withheld: sampling"},
		"repeated": {func(e sluice.Emitter) withholder {
			return sluice.NewRepeat(e, &sluice.RepeatOptions{Window: time.Second})
		}, "1 record withheld: repeated"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := new(emittest.Recorder)
				e := make.front(c)
				log(t, e, "a", "a")
				time.Sleep(time.Second)
				c.Fail(broken)
				if err := e.Emit(t.Context(), &sluice.Record{Level: sluice.Info, Name: "app", Message: "a"}); !errors.Is(err, broken) {
					t.Errorf("Emit gave %v, want the destination's error", err)
				}
				c.Fail(nil)
				time.Sleep(time.Second)
				log(t, e, "a")
				expectMessages(t, c, "a", make.told, "a")
				want := sluice.Stats{Accepted: 4, Delivered: 2, Dropped: map[string]uint64{name: 1, "error": 1}}
				if got := e.Stats(); !reflect.DeepEqual(got, want) {
					t.Errorf("stats %+v, want %+v", got, want)
				}
				log(t, e, "a")
				c.Fail(broken)
				if err := e.Close(); !errors.Is(err, broken) {
					t.Errorf("Close gave %v: what it could not say must not be silent", err)
				}
			})
		})
	}
}

func withholders(e sluice.Emitter) map[string]withholder {
	return map[string]withholder{
		"rate limit": sluice.NewRateLimit(e, &sluice.RateLimitOptions{Records: math.MaxInt, Burst: math.MaxInt}),
		"sampling":   sluice.NewSample(e, nil),
		"repeated":   sluice.NewRepeat(e, nil),
	}
}

func TestWithholdersEmitContract(t *testing.T) {
	for name := range withholders(nil) {
		t.Run(name, func(t *testing.T) {
			emittest.Run(t, func(*testing.T) emittest.Target {
				c := new(emittest.Recorder)
				return emittest.Target{Emitter: withholders(c)[name], Delivered: c.Messages}
			})
		})
	}
}

// TestWithheldBalance: from many goroutines, each record is delivered or told of.
func TestWithheldBalance(t *testing.T) {
	for name, front := range map[string]func(sluice.Emitter) withholder{
		"rate limit": func(e sluice.Emitter) withholder {
			return sluice.NewRateLimit(e, &sluice.RateLimitOptions{Records: 10, Per: time.Hour})
		},
		"sampling": func(e sluice.Emitter) withholder {
			return sluice.NewSample(e, &sluice.SampleOptions{First: 3, Every: 7})
		},
		"repeated": func(e sluice.Emitter) withholder { return sluice.NewRepeat(e, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			c := new(emittest.Recorder)
			e := front(c)
			const writers, each = 4, 300
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for i := range each {
						log(t, e, []string{"a", "a", "a", "b"}[i%4])
						if i%100 == 0 {
							_ = e.Flush(context.Background())
						}
					}
				})
			}
			wg.Wait()
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			var delivered, told uint64
			for _, r := range c.Records() {
				if len(r.Attrs) == 1 && r.Attrs[0].Key == "withheld" {
					told += r.Attrs[0].Value.Uint64()
				} else {
					delivered++
				}
			}
			s := e.Stats()
			if delivered+told != writers*each || s.Delivered != delivered || s.Dropped[name] != told || s.Accepted != writers*each || told == 0 {
				t.Errorf("delivered %d and told of %d of %d; stats %+v", delivered, told, writers*each, s)
			}
		})
	}
}

func TestWithholdersAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r := &sluice.Record{Level: sluice.Info, Name: "app", Message: "m", Attrs: []slog.Attr{slog.Int("k", 1), slog.String("s", "t")}}
	for name, e := range map[string]withholder{
		"rate limit, full":  sluice.NewRateLimit(new(sluice.Null), &sluice.RateLimitOptions{Records: 1, Per: time.Hour}),
		"rate limit, empty": withholders(new(sluice.Null))["rate limit"],
		"sampling":          sluice.NewSample(new(sluice.Null), &sluice.SampleOptions{First: 1, Every: -1}),
		"repeated":          sluice.NewRepeat(new(sluice.Null), nil),
	} {
		_ = e.Emit(t.Context(), r)
		if n := testing.AllocsPerRun(1000, func() { _ = e.Emit(t.Context(), r) }); n != 0 {
			t.Errorf("%s: %v allocations a record, want 0", name, n)
		}
	}
}
