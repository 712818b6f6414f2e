package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ForgottenError is what OnError is told when a cursor was forgotten that no program
// had had for Options.ForgetAfter, and for which something waited.
type ForgottenError struct {
	Cursor  string
	Records uint64 // that waited for it
}

func (e *ForgottenError) Error() string {
	return fmt.Sprintf("cursor %q: nobody has it any more; %d records that waited for it were dropped", e.Cursor, e.Records)
}

// attend keeps the cursors that this program has, and forgets those that nobody has.
func (q *Queue) attend() {
	const most, atFirst = time.Minute, time.Minute
	after := q.options.ForgetAfter
	opened := time.Now()
	look := time.NewTicker(max(time.Millisecond, min(after/8, most)))
	defer look.Stop()
	for {
		select {
		case <-q.alive.Done():
			return
		case <-look.C:
		}
		// Who comes back after a long time must be able to ask for what it had.
		now := time.Now()
		err := q.lookAround(now, now.Sub(opened) >= min(after, atFirst))
		if err != nil && q.alive.Err() == nil {
			q.trouble.tell("attend", fmt.Errorf("keep cursors: %w", err))
		} else {
			q.trouble.over("attend")
		}
	}
}

// lookAround is one look; forget says whether cursors may be forgotten.
func (q *Queue) lookAround(now time.Time, forget bool) error {
	ctx, cancel := q.attempting(attempt)
	defer cancel()
	var gone []string
	var mine []jetstream.ConsumerConfig
	err := q.consumers(ctx, func(name string, info *jetstream.ConsumerInfo) {
		q.mu.Lock()
		own := q.cursor(name) != nil
		q.mu.Unlock()
		config, renewed := info.Config, false
		if own {
			config.Metadata, renewed = q.options.keeps(config.Metadata, name, now)
		}
		if renewed {
			mine = append(mine, config)
		} else if !own && forget && over(config.Metadata, now) {
			gone = append(gone, name)
		}
	})
	for _, config := range mine {
		_, e := q.js.UpdateConsumer(ctx, q.options.Stream, config)
		if !isGone(e) { // its reader finds out
			err = errors.Join(err, e)
		}
	}
	for _, name := range gone {
		err = errors.Join(err, q.forgetOver(name, now))
	}
	return err
}

// forgetOver forgets a cursor that nobody has, unless somebody asks for it meanwhile.
func (q *Queue) forgetOver(name string, now time.Time) error {
	const most = time.Minute // the rest is for the next look
	ctx, cancel := context.WithTimeout(q.alive, most)
	defer cancel()
	n, err := q.forget(ctx, name, settledPart{}, func(metadata map[string]string) bool { return over(metadata, now) })
	if n > 0 {
		q.trouble.report(&ForgottenError{name, n})
	}
	return err
}
