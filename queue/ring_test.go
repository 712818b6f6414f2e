package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

func record(level sluice.Level, message string) *sluice.Record {
	return &sluice.Record{Level: level, Message: message}
}

func info(message string) *sluice.Record { return record(sluice.Info, message) }

// drain takes all that is there.
func drain(t *testing.T, g queue.Getter) []string {
	t.Helper()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	var got []string
	for {
		b, err := g.Get(done, 100)
		if err != nil {
			return got
		}
		for _, r := range b.Records() {
			got = append(got, r.Message)
		}
		if err := b.Ack(done, len(b.Records())); err != nil {
			t.Fatal(err)
		}
	}
}

func cursor(t *testing.T, q queue.Queue, name string) queue.Getter {
	t.Helper()
	g, err := q.Cursor(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// balance checks that a ledger adds up.
func balance(t *testing.T, st sluice.Stats) {
	t.Helper()
	sum := st.Delivered + st.Held
	for _, n := range st.Dropped {
		sum += n
	}
	if sum != st.Accepted {
		t.Errorf("accepted %d, but the rest is %d: %+v", st.Accepted, sum, st)
	}
}

func TestPolicies(t *testing.T) {
	levels := func(s string) []*sluice.Record {
		var all []*sluice.Record
		for i, c := range s {
			level := sluice.Info
			if c == 'E' {
				level = sluice.Error
			}
			all = append(all, record(level, fmt.Sprintf("%c%d", c, i)))
		}
		return all
	}
	for _, test := range []struct {
		name    string
		options queue.RingOptions
		put     string
		want    string
	}{
		{"drop newest", queue.RingOptions{Full: queue.DropNewest}, "iiiii", "i0 i1 i2"},
		{"drop oldest", queue.RingOptions{Full: queue.DropOldest}, "iiiii", "i2 i3 i4"},
		{"block with a deadline", queue.RingOptions{Wait: time.Millisecond}, "iiii", "i0 i1 i2"},
		{"urgent, newest", queue.RingOptions{Full: queue.DropNewest, Urgent: sluice.Error}, "iiiEiE", "i2 E3 E5"},
		{"urgent, newest, only urgent ones", queue.RingOptions{Full: queue.DropNewest, Urgent: sluice.Error}, "EEEiE", "E0 E1 E2"},
		{"urgent, oldest", queue.RingOptions{Full: queue.DropOldest, Urgent: sluice.Error}, "EiiiiE", "E0 i4 E5"},
		{"urgent, oldest, only urgent ones", queue.RingOptions{Full: queue.DropOldest, Urgent: sluice.Error}, "EEEiE", "E1 E2 E4"},
		{"urgent, block", queue.RingOptions{Wait: time.Millisecond, Urgent: sluice.Error}, "iiiEi", "i1 i2 E3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := queue.NewRing(3, &test.options)
			g := cursor(t, q, "a")
			refused := 0
			for _, r := range levels(test.put) {
				if err := q.Put(t.Context(), r); errors.Is(err, queue.ErrFull) {
					refused++
				} else if err != nil {
					t.Fatal(err)
				}
			}
			balance(t, q.Stats())
			balance(t, g.Stats())
			if got := strings.Join(drain(t, g), " "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			st := q.Stats()
			if lost := uint64(len(test.put) - 3); st.Dropped[queue.Full] != lost || st.Delivered != 3 || st.Held != 0 {
				t.Errorf("%+v, want %d dropped and 3 delivered", st, lost)
			}
			balance(t, st)
			balance(t, g.Stats())
		})
	}
}

func TestBytes(t *testing.T) {
	q := queue.NewRing(0, &queue.RingOptions{Full: queue.DropNewest, MaxBytes: 4000})
	g := cursor(t, q, "a")
	if err := q.Put(t.Context(), info(strings.Repeat("x", 5000))); !errors.Is(err, queue.ErrTooLarge) {
		t.Errorf("a record larger than the queue gave %v, want ErrTooLarge", err)
	}
	big := info("big")
	big.Attrs = []slog.Attr{slog.Group("g", slog.String("text", strings.Repeat("x", 1000)), slog.Any("bytes", make([]byte, 1000)))}
	if err := q.Put(t.Context(), big); err != nil {
		t.Fatal(err)
	}
	if err := q.Put(t.Context(), big); !errors.Is(err, queue.ErrFull) {
		t.Errorf("beyond the bytes: %v, want ErrFull", err)
	}
	if got := drain(t, g); !slices.Equal(got, []string{"big"}) {
		t.Errorf("got %q", got)
	}
	if err := q.Put(t.Context(), big); err != nil {
		t.Errorf("with room again: %v", err)
	}
	st := q.Stats()
	balance(t, st)
	if st.Dropped[queue.TooLarge] != 1 || st.Dropped[queue.Full] != 1 {
		t.Errorf("%+v", st)
	}
}

// A blocking Put waits for as long as it is told, and no longer than there is room.
func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.NewRing(1, &queue.RingOptions{Wait: 3 * time.Second})
		g := cursor(t, q, "a")
		start := time.Now()
		_ = q.Put(t.Context(), info("first"))
		if err := q.Put(t.Context(), info("late")); !errors.Is(err, queue.ErrFull) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v, want ErrFull after 3s", err, time.Since(start))
		}
		start = time.Now()
		go func() {
			time.Sleep(time.Second)
			drain(t, g)
		}()
		if err := q.Put(t.Context(), info("second")); err != nil || time.Since(start) != time.Second {
			t.Errorf("%v after %v, want room after 1s", err, time.Since(start))
		}
		go func() {
			time.Sleep(time.Second)
			q.Close()
		}()
		if err := q.Put(t.Context(), info("third")); !errors.Is(err, sluice.ErrClosed) {
			t.Errorf("closed while it waited: %v, want ErrClosed", err)
		}
		synctest.Wait()
		st := q.Stats()
		balance(t, st)
		if st.Accepted != 3 || st.Held != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// A cursor that holds up others loses its oldest records, and only it: when it was
// waited for, once.
func TestBehind(t *testing.T) {
	for _, full := range []queue.Policy{queue.Block, queue.DropNewest, queue.DropOldest} {
		t.Run(full.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := queue.NewRing(4, &queue.RingOptions{Full: full, Behind: time.Second})
				good, hung := cursor(t, q, "good"), cursor(t, q, "hung")
				start := time.Now()
				var got []string
				for i := range 100 {
					if err := q.Put(t.Context(), info(fmt.Sprint(i))); err != nil {
						t.Fatal(err)
					}
					got = append(got, drain(t, good)...)
				}
				if len(got) != 100 {
					t.Errorf("one that reads got %d of 100", len(got))
				}
				if waited := time.Since(start); full == queue.Block && waited != time.Second || full != queue.Block && waited != 0 {
					t.Errorf("waited %v", waited)
				}
				if st := hung.Stats(); st.Accepted != 100 || st.Held != 4 || st.Dropped[queue.Behind]+st.Dropped[queue.Full] != 96 {
					t.Errorf("the other: %+v", st)
				}
				balance(t, q.Stats())
				if rest := drain(t, hung); !slices.Equal(rest, []string{"96", "97", "98", "99"}) {
					t.Errorf("the other got %q", rest)
				}
				balance(t, hung.Stats())
				balance(t, q.Stats())
				// It reads again, and is waited for again.
				for i := range 5 {
					_ = q.Put(t.Context(), info(fmt.Sprint(i)))
					drain(t, good)
				}
				if waited := time.Since(start); full == queue.Block && waited != 2*time.Second {
					t.Errorf("waited %v in all, want 2s", waited)
				}
			})
		})
	}
}

// A record that is dropped while another cursor works on it stays what it was.
func TestDroppedInUse(t *testing.T) {
	q := queue.NewRing(2, &queue.RingOptions{Full: queue.DropOldest})
	a, b := cursor(t, q, "a"), cursor(t, q, "b")
	_ = q.Put(t.Context(), info("0"))
	batch, err := a.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		_ = q.Put(t.Context(), info(fmt.Sprint(i+1)))
		balance(t, q.Stats())
	}
	if m := batch.Records()[0].Message; m != "0" {
		t.Errorf("the record in use is %q", m)
	}
	_ = batch.Ack(t.Context(), 1)
	for _, g := range []queue.Getter{a, b} {
		if got := drain(t, g); !slices.Equal(got, []string{"9", "10"}) {
			t.Errorf("got %q", got)
		}
		balance(t, g.Stats())
	}
	if st := q.Stats(); st.Held != 0 || st.Delivered != 2 || st.Dropped[queue.Full] != 8 || st.Dropped[queue.Behind] != 1 {
		t.Errorf("%+v", st)
	}
}

// What a successor takes over does not change under the hands of who had it.
func TestTakenOver(t *testing.T) {
	q := queue.NewRing(2, nil)
	old := cursor(t, q, "a")
	_ = q.Put(t.Context(), info("0"))
	batch, err := old.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	next := cursor(t, q, "a")
	if got := drain(t, next); !slices.Equal(got, []string{"0"}) {
		t.Errorf("the successor got %q", got)
	}
	for i := range 40 {
		_ = q.Put(t.Context(), info(fmt.Sprint("new", i)))
		drain(t, next)
	}
	if m := batch.Records()[0].Message; m != "0" {
		t.Errorf("the record in use is %q", m)
	}
	balance(t, q.Stats())
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	q := queue.NewRing(64, nil)
	g := cursor(t, q, "a")
	log := slog.New(queue.NewHandler(q, nil))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	err := errors.New("broken")
	got := testing.AllocsPerRun(1000, func() {
		log.LogAttrs(done, slog.LevelInfo, "message",
			slog.String("a", "text"), slog.Int("b", 1), slog.Float64("c", 1.5), slog.Duration("d", time.Second), slog.Any("e", err))
		b, _ := g.Get(done, 10)
		_ = b.Ack(done, len(b.Records()))
	})
	if got != 0 {
		t.Errorf("a record with five attributes through the ring allocates %v times, want 0", got)
	}
}

// The ring holds on to nothing of records that are settled, once a consumer waits.
func TestReleases(t *testing.T) {
	q := queue.NewRing(100, nil)
	g := cursor(t, q, "a")
	type big [1 << 10]byte
	var gone atomic.Int32
	for range 100 {
		v := &big{}
		runtime.AddCleanup(v, func(int) { gone.Add(1) }, 0)
		_ = q.Put(t.Context(), &sluice.Record{Attrs: []slog.Attr{slog.Any("v", v)}})
	}
	drain(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = g.Get(ctx, 1)
	}()
	for end := time.Now().Add(time.Minute); gone.Load() < 99 && time.Now().Before(end); {
		runtime.GC()
	}
	// The one that was last in a register or a stack slot may be seen as alive.
	if n := gone.Load(); n < 99 {
		t.Errorf("%d of 100 values were let go", n)
	}
	cancel()
	<-ended
	runtime.KeepAlive(q)
}

func TestPolicyText(t *testing.T) {
	for _, p := range []queue.Policy{queue.Block, queue.DropNewest, queue.DropOldest} {
		text, err := p.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back queue.Policy = -1
		if err := back.UnmarshalText(text); err != nil || back != p {
			t.Errorf("%s became %v, %v", text, back, err)
		}
	}
	var p queue.Policy
	if err := p.UnmarshalText([]byte("Block")); err == nil {
		t.Error("a policy of another name was accepted")
	}
}

func FuzzPolicy(f *testing.F) {
	for _, s := range []string{"block", "drop_newest", "drop_oldest", "", "Policy(3)"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var p queue.Policy
		if p.UnmarshalText(text) == nil && p.String() != string(text) {
			t.Errorf("%q became %v", text, p)
		}
	})
}
