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
	conn, js, err := s.JetStream()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answered)
	defer cancel()
	_, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: Lines, Subjects: []string{Lines}, Replicas: s.Replicas})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("stream %s: %w", Lines, err)
	}
	return published{conn, js}, nil
}

// JetStream connects to where the lines are published.
func (s Spec) JetStream() (*nats.Conn, jetstream.JetStream, error) {
	secure, err := s.TLS()
	if err != nil {
		return nil, nil, err
	}
	conn, err := nats.Connect(s.URL, nats.Secure(secure), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(conn)
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

// Published reads every line that is in the stream, and says how many the stream
// counts and does not give. A stream that is gone has none.
func (s Spec) Published(ctx context.Context, each func(line []byte)) (missing uint64, err error) {
	conn, js, err := s.JetStream()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var stream jetstream.Stream
	waited := fault.Until(ctx, func() bool {
		stream, err = js.Stream(ctx, Lines)
		return err == nil || errors.Is(err, jetstream.ErrStreamNotFound)
	})
	if err != nil {
		return 0, waited
	}
	missing = stream.CachedInfo().State.Msgs
	c, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return missing, err
	}
	all, err := c.Messages()
	if err != nil {
		return missing, err
	}
	defer all.Stop()
	for missing > 0 {
		m, err := all.Next(jetstream.NextMaxWait(answered))
		if errors.Is(err, nats.ErrTimeout) {
			break
		}
		if err != nil {
			return missing, err
		}
		each(m.Data())
		missing--
	}
	return missing, nil
}
