package writer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sluicelog/sluice/faults/certs"
	"github.com/sluicelog/sluice/faults/fault"
)

// published is a stream of JetStream as its own client writes it: a message for each
// line, and a line is accepted when the server has acknowledged it.
type published struct {
	conn *nats.Conn
	js   jetstream.JetStream
}

// Lines is the stream of the kind Published, and its subject.
const Lines = "lines"

// answered is how long the server may take.
const answered = 5 * time.Second

func openPublished(s Spec) (target, error) {
	ctx, cancel := context.WithTimeout(context.Background(), opened)
	defer cancel()
	conn, js, err := s.JetStream(ctx)
	if err != nil {
		return nil, err
	}
	_, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: Lines, Subjects: []string{Lines}, Replicas: s.Replicas})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("stream %s: %w", Lines, err)
	}
	return published{conn, js}, nil
}

// JetStream connects to where the lines are published, as soon as a server is there.
func (s Spec) JetStream(ctx context.Context) (conn *nats.Conn, js jetstream.JetStream, err error) {
	secure, err := s.TLS()
	if err != nil {
		return nil, nil, err
	}
	waited := fault.Until(ctx, func() bool {
		conn, err = nats.Connect(s.URL, nats.Secure(secure), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
		return err == nil
	})
	if err != nil {
		return nil, nil, errors.Join(waited, err)
	}
	js, err = jetstream.New(conn)
	return conn, js, err
}

// TLS is what the spec's CA is trusted by.
func (s Spec) TLS() (*tls.Config, error) { return certs.Trust(s.CA) }

func (p published) Write(line []byte) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answered)
	defer cancel()
	if _, err := p.js.Publish(ctx, Lines, line[:len(line)-1]); err != nil {
		return 0, err
	}
	return len(line), nil
}

func (p published) Roll() error { return errors.ErrUnsupported }

func (p published) Stats() Stats { return Stats{} }

func (p published) Close() error {
	p.conn.Close()
	return nil
}

// Published reads every line that is in the stream. A stream that is gone has none. An
// error says that the stream counts more than it gives.
func (s Spec) Published(ctx context.Context, each func(line []byte)) error {
	conn, js, err := s.JetStream(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var stream jetstream.Stream
	waited := fault.Until(ctx, func() bool {
		short, cancel := context.WithTimeout(ctx, answered)
		defer cancel()
		stream, err = js.Stream(short, Lines)
		return err == nil || errors.Is(err, jetstream.ErrStreamNotFound)
	})
	switch {
	case waited != nil:
		return errors.Join(waited, err)
	case err != nil:
		return nil
	}
	state := stream.CachedInfo().State
	next, left := state.FirstSeq, state.Msgs
	waited = fault.Until(ctx, func() bool {
		var n uint64
		n, next, err = read(ctx, stream, next, left, each)
		left -= n
		return left == 0
	})
	if waited != nil {
		return fmt.Errorf("%d of %d messages are not there: %w", left, state.Msgs, errors.Join(waited, err))
	}
	return nil
}

// read reads so many messages from a number of the stream on, or until that cannot go
// on, and says from where on it can.
func read(ctx context.Context, stream jetstream.Stream, first, left uint64, each func(line []byte)) (n, next uint64, err error) {
	c, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: first})
	if err != nil {
		return 0, first, err
	}
	all, err := c.Messages()
	if err != nil {
		return 0, first, err
	}
	defer all.Stop()
	for n < left {
		m, err := all.Next(jetstream.NextMaxWait(answered))
		if err != nil {
			return n, first, err
		}
		about, err := m.Metadata()
		if err != nil {
			return n, first, err
		}
		each(m.Data())
		n, first = n+1, about.Sequence.Stream+1
	}
	return n, first, nil
}
