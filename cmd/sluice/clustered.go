package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/sluicelog/sluice/natsqueue"
	"github.com/sluicelog/sluice/wire"
)

// clustered are the flags for a queue on servers of NATS.
type clustered struct {
	QueueStream       string        `help:"The stream on servers of NATS, sluice by default. It is made if it is not there." default:"sluice" placeholder:"NAME" group:"Queue:"`
	QueueReplicas     int           `help:"How many of the servers keep each record, if the stream has to be made; 0: one, or as many as it has." default:"0" group:"Queue:"`
	QueueAlone        bool          `help:"No other program takes records from the stream: they are written in order, and gaps are found." group:"Queue:"`
	QueueAckWait      time.Duration `help:"How long after a sign of life of the program that has taken records these go to another one." default:"5s" group:"Queue:"`
	QueueForgetAfter  time.Duration `help:"How long the stream holds records for a handler of a --config that no program has any more; then they are dropped and counted. 0: for ever." default:"72h" group:"Queue:"`
	QueueUser         string        `help:"A user of the servers." placeholder:"NAME" group:"Queue:"`
	QueuePasswordFile string        `help:"The password in this file." placeholder:"FILE" group:"Queue:"`
	QueueCredentials  string        `help:"A user's .creds file." placeholder:"FILE" group:"Queue:"`
	QueueNKey         string        `name:"queue-nkey" help:"The seed of a user's key, in this file." placeholder:"FILE" group:"Queue:"`
	QueueTLSCA        string        `name:"queue-tls-ca" help:"Certificates (PEM) of those who may sign the servers'; by default the system's." placeholder:"FILE" group:"Queue:"`
	QueueTLSCert      string        `name:"queue-tls-cert" help:"Certificate (PEM) to show to the servers." placeholder:"FILE" group:"Queue:"`
	QueueTLSKey       string        `name:"queue-tls-key" help:"Its key (PEM)." placeholder:"FILE" group:"Queue:"`
}

// isNATS says that a queue lies on servers of NATS.
func isNATS(queue string) bool {
	return strings.HasPrefix(queue, "nats://") || strings.HasPrefix(queue, "tls://")
}

// streamOptions are what the flags say.
func (q *waiting) streamOptions(report func(error)) (*natsqueue.Options, error) {
	secure, err := q.queueTLS()
	if err != nil {
		return nil, err
	}
	password, err := readKey("--queue-password-file", q.QueuePasswordFile)
	if err != nil {
		return nil, err
	}
	for flag, path := range map[string]string{"--queue-credentials": q.QueueCredentials, "--queue-nkey": q.QueueNKey} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return nil, usagef("%s: %w", flag, err)
		}
	}
	return &natsqueue.Options{
		Stream: q.QueueStream, Replicas: q.QueueReplicas, MaxBytes: int64(q.QueueMaxBytes), Shared: !q.QueueAlone, AckWait: q.QueueAckWait, ForgetAfter: q.QueueForgetAfter,
		User: q.QueueUser, Password: wire.Secret(password), Credentials: q.QueueCredentials, NKey: q.QueueNKey,
		TLS: secure, OnError: report,
	}, nil
}

func (q *waiting) queueTLS() (*tls.Config, error) {
	pair, err := certificate("--queue-tls", q.QueueTLSCert, q.QueueTLSKey)
	if err != nil || pair == nil && q.QueueTLSCA == "" {
		return nil, err
	}
	config := &tls.Config{Certificates: pair}
	if q.QueueTLSCA != "" {
		config.RootCAs, err = authorities("--queue-tls-ca", q.QueueTLSCA)
	}
	return config, err
}

// openStream opens the queue on servers of NATS.
func (q *waiting) openStream(report func(error)) (*natsqueue.Queue, error) {
	o, err := q.streamOptions(report)
	if err != nil {
		return nil, err
	}
	stream, err := natsqueue.Open(context.Background(), q.Queue, o)
	if err != nil {
		return nil, fmt.Errorf("--queue: %w", err)
	}
	return stream, nil
}

// checkStream checks what the flags say of the stream.
func (q *waiting) checkStream() error {
	if !isNATS(q.Queue) {
		if q.QueueStream != "sluice" || q.QueueReplicas != 0 || q.QueueAlone || q.QueueAckWait != 5*time.Second || q.QueueForgetAfter != 72*time.Hour ||
			q.QueueUser+q.QueuePasswordFile+q.QueueCredentials+q.QueueNKey+q.QueueTLSCA+q.QueueTLSCert+q.QueueTLSKey != "" {
			return usagef("--queue %s: the stream, its servers and who they are goes with --queue nats://... or tls://...", q.Queue)
		}
		return nil
	}
	if q.QueueDurable || q.QueueDir != "" {
		return usagef("--queue-durable and --queue-dir go with --queue spool: of a stream the servers decide what is on disk, and where")
	}
	if q.QueueAckWait <= 0 {
		return usagef("--queue-ack-wait %v: want more than 0", q.QueueAckWait)
	}
	if q.QueueForgetAfter < 0 {
		return usagef("--queue-forget-after %v: want 0 or more", q.QueueForgetAfter)
	}
	if q.QueueReplicas < 0 {
		return usagef("--queue-replicas %d: want 0 or more", q.QueueReplicas)
	}
	if (q.QueueUser == "") != (q.QueuePasswordFile == "") {
		return usagef("--queue-user and --queue-password-file go together")
	}
	return nil
}

// hosts are the servers of a queue, without users and passwords.
func hosts(queue string) string {
	var all []string
	for one := range strings.SplitSeq(queue, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		if u, err := url.Parse(one); err == nil {
			all = append(all, u.Host)
		}
	}
	return strings.Join(all, ", ")
}

var errNoQueue = errors.New("want spool, memory, off, or the addresses of servers: nats://host:4222,host:4222 or tls://...")
