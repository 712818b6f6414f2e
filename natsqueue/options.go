package natsqueue

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/wire"
)

// Options are the options of Open. The zero Options consists of defaults.
type Options struct {
	// Stream is the stream's name; empty: "sluice". It is made if it is not there. If
	// it is, what these options say of it must hold already.
	Stream string `json:"stream"`
	// Subject is where batches are published; empty: Stream, then ".records".
	Subject string `json:"subject"`
	// Producer names this producer in the headers of its batches and in reports;
	// empty: the host's name and a random number. Two may have the same name.
	Producer string `json:"producer"`
	// JSON makes the body of a batch lines of wire.JSON, for consumers in other
	// languages; false: frames of wire.Pickle. Both are read, whatever is written.
	JSON bool `json:"json"`

	// Replicas is how many servers keep each record; 0: one.
	Replicas int `json:"replicas"`
	// MaxBytes bounds the stream; 0: no bound.
	MaxBytes int64 `json:"max_bytes"`
	// MaxAge is how long a record is kept for a destination that does not take it.
	// 0: for ever.
	MaxAge time.Duration `json:"max_age"`
	// Full is what Put does when there is no room, here or in the stream: Block
	// unless set. With DropOldest the server removes the oldest records of a stream
	// that is full; what a destination had not taken of them is reported as missing.
	Full queue.Policy `json:"full"`
	// Wait bounds how long Block waits; then the record is dropped. 0: as long as it
	// takes.
	Wait time.Duration `json:"wait"`

	// TLS is for tls:// addresses, and for servers that demand it. nil: the system's
	// certificates.
	TLS *tls.Config `json:"-"`
	// Credentials is a file of a user's JWT and key, a .creds file.
	Credentials string `json:"credentials"`
	// NKey is a file of a user's key alone, its seed.
	NKey string `json:"nkey"`
	// Token, or User and Password, may stand in the address as well.
	Token    wire.Secret `json:"token"`
	User     string      `json:"user"`
	Password wire.Secret `json:"password"`

	// BatchSize is how many records a batch has at most; 0: 256.
	BatchSize int `json:"batch_size"`
	// BatchBytes is how large a batch is at most; 0: 1 MiB. The server's own bound
	// on messages, which is 1 MiB unless configured, holds as well.
	BatchBytes int `json:"batch_bytes"`
	// BatchDelay is how long a record waits for others to share a batch with, unless
	// somebody calls Flush; 0: 5 ms.
	BatchDelay time.Duration `json:"batch_delay"`
	// Buffer bounds the bytes that wait here for the server to acknowledge them; 0:
	// 16 MiB. When it is full Put does what Full says; DropOldest drops the record at
	// hand, since what waits may be on its way.
	Buffer int64 `json:"buffer"`
	// Linger is how long Close publishes what is there; 0: 5 s.
	Linger time.Duration `json:"linger"`

	// Shared lets several instances share the work of each cursor: a batch goes to
	// one of them, in no order. False: each cursor has one reader, which gets the
	// records in order and finds gaps.
	Shared bool `json:"shared"`
	// AckWait is how long the server waits for a sign of life from whoever has a
	// batch, before it gives the batch to another one; 0: 5 s. It is also what a
	// batch takes longer that a server lost on its way to a reader.
	AckWait time.Duration `json:"ack_wait"`
	// ForgetAfter is how long the stream holds records for a cursor that no program
	// has: then it is forgotten, what waited for it is counted under Forgotten of
	// package queue, and OnError is told of a ForgottenError, in one of the programs
	// that have this option. Each program keeps the cursors that it has for its own
	// time. The clocks of their machines must not differ by as much. 0: for ever, also
	// when programs have the cursor later that do not say so.
	ForgetAfter time.Duration `json:"forget_after"`
	// MaxDeliver is how often a batch is given to readers that die with it; then it
	// is dropped as a dead letter. 0: no bound.
	MaxDeliver int `json:"max_deliver"`
	// BackOff are the least times until records that were given back come again: the
	// first time, the second, and so on, the last one from then on.
	BackOff []time.Duration `json:"back_off"`
	// DeadLetters is a subject to which records that are dropped by a destination are
	// published, one a message. If no stream has it, a stream is made that is named
	// as Stream and "-dead". Empty: they are only counted.
	DeadLetters string `json:"dead_letters"`

	// OnError is told of a lost connection, of gaps and of what came damaged, each
	// once; it may be called by several goroutines at once. nil: nobody is.
	OnError func(error) `json:"-"`
}

const (
	defaultStream = "sluice"
	defaultBuffer = 16 << 20
	// The server refuses an id that it knows already, so long after it came.
	duplicates = 2 * time.Minute
)

var errNegative = errors.New("must not be negative")

func (o *Options) complete() (Options, error) {
	var all Options
	if o != nil {
		all = *o
	}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"Replicas", int64(all.Replicas)},
		{"MaxBytes", all.MaxBytes},
		{"MaxAge", int64(all.MaxAge)},
		{"Wait", int64(all.Wait)},
		{"BatchSize", int64(all.BatchSize)},
		{"BatchBytes", int64(all.BatchBytes)},
		{"BatchDelay", int64(all.BatchDelay)},
		{"Buffer", all.Buffer},
		{"Linger", int64(all.Linger)},
		{"AckWait", int64(all.AckWait)},
		{"ForgetAfter", int64(all.ForgetAfter)},
		{"MaxDeliver", int64(all.MaxDeliver)},
	} {
		if n.value < 0 {
			return all, fmt.Errorf("%s %d: %w", n.name, n.value, errNegative)
		}
	}
	if all.Full != queue.Block && all.Full != queue.DropNewest && all.Full != queue.DropOldest {
		return all, fmt.Errorf("Full: %v is no policy", all.Full)
	}
	or(&all.Stream, defaultStream)
	or(&all.Subject, all.Stream+".records")
	or(&all.BatchSize, 256)
	or(&all.BatchBytes, 1<<20)
	or(&all.BatchDelay, 5*time.Millisecond)
	or(&all.Buffer, defaultBuffer)
	or(&all.Linger, 5*time.Second)
	or(&all.AckWait, 5*time.Second)
	if all.BatchSize > maxCount {
		return all, fmt.Errorf("BatchSize %d: %d at most", all.BatchSize, maxCount)
	}
	if strings.ContainsFunc(all.Producer, func(r rune) bool { return r < ' ' || r == 0x7f }) || len(all.Producer) > maxName {
		return all, fmt.Errorf("Producer %q: want at most %d bytes of printable text", all.Producer, maxName)
	}
	if all.Producer == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "unknown"
		}
		all.Producer = host
	}
	if all.OnError == nil {
		all.OnError = func(error) {}
	}
	return all, nil
}

// or sets what is not set.
func or[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
