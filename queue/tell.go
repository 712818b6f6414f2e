package queue

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sluicelog/sluice"
)

const tellEvery = time.Second

// teller knows what a destination has been told of the records that it did not get.
type teller struct {
	on    bool
	told  map[string]uint64 // by reason
	since time.Time         // when that was looked at
	more  bool              // there was something new at the last look
}

func (t *teller) start(st sluice.Stats) {
	t.told = st.Dropped
	t.since = time.Now()
}

// wait is how long it may take until there is to be another look although no record
// came; 0: for ever.
func (t *teller) wait() time.Duration {
	if !t.on || !t.more {
		return 0
	}
	return max(time.Millisecond, tellEvery-time.Since(t.since))
}

// tellDrops tells the destination of what was dropped since it was last told: if a
// second has passed, or now.
func (w *worker) tellDrops(now bool) {
	t := &w.tell
	if !t.on || w.run.given.Load() {
		return
	}
	passed := time.Since(t.since)
	if passed < tellEvery && !now {
		t.more = true
		return
	}
	st := w.g.Stats()
	for _, reason := range slices.Sorted(maps.Keys(st.Dropped)) {
		if n := st.Dropped[reason] - t.told[reason]; n > 0 {
			w.tellDrop(reason, n, passed)
		}
	}
	t.told, t.since, t.more = st.Dropped, t.since.Add(passed), false
}

// tellDrop hands the destination a record that no queue has seen: it is in no
// ledger.
func (w *worker) tellDrop(reason string, n uint64, passed time.Duration) {
	r := &sluice.Record{
		Time: time.Now(), Level: sluice.Warning, Name: "sluice.queue",
		Message: dropped(reason, n, passed),
		Attrs:   []slog.Attr{slog.Uint64("dropped", n), slog.String("reason", reason)},
	}
	if _, err := w.emit([]*sluice.Record{r}); err == nil {
		_ = w.flush()
	}
}

// dropped is "42 records dropped: queue full, 3 s".
func dropped(reason string, n uint64, passed time.Duration) string {
	noun := "records"
	if n == 1 {
		noun = "record"
	}
	seconds := strconv.FormatFloat(passed.Round(100*time.Millisecond).Seconds(), 'f', -1, 64)
	return fmt.Sprintf("%d %s dropped: %s, %s s", n, noun, reason, seconds)
}
