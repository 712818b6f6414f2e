package redial

import "time"

// backoff says when the next attempt to connect may be made. (handlers.py:
// SocketHandler.createSocket.)
type backoff struct {
	start  time.Duration
	factor float64
	max    time.Duration

	period time.Duration
	at     time.Time // before which there is no attempt; zero: at once
}

func (b *backoff) ready(now time.Time) bool { return !now.Before(b.at) }

// failed notes an attempt that was begun at now. Start itself is not cut to max.
func (b *backoff) failed(now time.Time) {
	if b.at.IsZero() {
		b.period = b.start
	} else if next := float64(b.period) * b.factor; next < float64(b.max) {
		b.period = time.Duration(next)
	} else {
		b.period = b.max
	}
	b.at = now.Add(b.period)
}

func (b *backoff) succeeded() { b.at = time.Time{} }
