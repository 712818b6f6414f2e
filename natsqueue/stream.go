package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice/queue"
)

// prepare makes the stream, or looks whether the one that is there will do.
func (q *Queue) prepare(ctx context.Context) error { return patiently(ctx, q.ensureStream) }

// patiently tries until that succeeds, fails for good, or ctx is done: a cluster that
// is just coming up, or that chooses a leader, is waited for. What nobody answered is
// asked again, since who leads next has not heard it.
func patiently(ctx context.Context, try func(context.Context) error) error {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		short, cancel := context.WithTimeout(ctx, 2*attempt)
		err := try(short)
		cancel()
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func (q *Queue) ensureStream(ctx context.Context) error {
	o := &q.options
	want := jetstream.StreamConfig{
		Name: o.Stream, Subjects: []string{o.Subject}, Description: "records of sluice",
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew,
		MaxBytes: o.MaxBytes, MaxAge: o.MaxAge, Replicas: max(1, o.Replicas), Duplicates: duplicates,
		AllowDirect: true, // so that any replica can be asked
	}
	if o.MaxBytes == 0 {
		want.MaxBytes = -1
	}
	if o.Full == queue.DropOldest {
		want.Discard = jetstream.DiscardOld
	}
	if o.MaxAge > 0 {
		want.Duplicates = min(duplicates, o.MaxAge)
	}
	s, err := q.js.Stream(ctx, o.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = q.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was faster
			s, err = q.js.Stream(ctx, o.Stream)
		}
	}
	if err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	return q.suits(s.CachedInfo().Config, want)
}

// suits tells what of a stream that is there is not as it must be.
func (q *Queue) suits(got, want jetstream.StreamConfig) error {
	o := &q.options
	limited := got.MaxBytes > 0 || got.MaxMsgs > 0
	covered := false
	for _, s := range got.Subjects {
		covered = covered || subsumes(s, o.Subject)
	}
	for _, c := range []struct {
		what      string
		bad       bool
		got, want any
	}{
		{"retention", got.Retention != jetstream.LimitsPolicy, got.Retention, jetstream.LimitsPolicy},
		{"storage", got.Storage != jetstream.FileStorage, got.Storage, jetstream.FileStorage},
		{"subjects", !covered, got.Subjects, o.Subject},
		{"no_ack", got.NoAck, true, false},
		{"sealed", got.Sealed, true, false},
		{"persist_mode", got.PersistMode != want.PersistMode, got.PersistMode, want.PersistMode},
		{"num_replicas", o.Replicas > 0 && got.Replicas != o.Replicas, got.Replicas, o.Replicas},
		{"max_bytes", o.MaxBytes > 0 && got.MaxBytes != o.MaxBytes, got.MaxBytes, o.MaxBytes},
		{"max_age", o.MaxAge > 0 && got.MaxAge != o.MaxAge, got.MaxAge, o.MaxAge},
		{"discard", limited && got.Discard != want.Discard, got.Discard, want.Discard},
	} {
		if c.bad {
			return fmt.Errorf("stream has %s %v, want %v", c.what, c.got, c.want)
		}
	}
	return nil
}

// remake makes the stream anew if it is gone.
func (q *Queue) remake() {
	short, cancel := q.attempting(answer)
	_, err := q.js.Stream(short, q.options.Stream)
	cancel()
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		q.trouble.report(errors.New("the stream is gone, with all that it held"))
		ctx, cancel := q.attempting(attempt)
		defer cancel()
		if err = q.ensureStream(ctx); err == nil {
			q.mu.Lock()
			q.previous = former{}
			q.mu.Unlock()
		}
	}
	if err != nil {
		q.trouble.tell("stream", err)
		return
	}
	q.trouble.over("stream")
}

// passing says that a cluster that is coming up, or that chooses a leader, may give
// such an error.
func passing(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 503 && !isFull(err) || api.ErrorCode == codeNoPeers || api.ErrorCode == codeInProcess
	}
	return errors.Is(err, jetstream.ErrConsumerLeadershipChanged) || errors.Is(err, jetstream.ErrNoHeartbeat) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// Codes of the server that the client has no names for.
const (
	codeNoPeers     = 10005
	codeInProcess   = 10158 // what a leader without followers has taken up and cannot store
	codeStoreFailed = 10077 // among others, that the stream has no room
	codeNoStorage   = 10047
)

// isFull says that the stream, or the server, has no room.
func isFull(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == codeStoreFailed || api.ErrorCode == codeNoStorage)
}

// subsumes says that a subject with wildcards covers another one.
func subsumes(pattern, subject string) bool {
	p, s := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, token := range p {
		if token == ">" {
			return i < len(s)
		}
		if i >= len(s) || token != "*" && token != s[i] {
			return false
		}
	}
	return len(p) == len(s)
}
