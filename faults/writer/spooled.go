package writer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue/spool"
)

// SpoolDir is where a writer of the kind Spooled or Delivering has its spool.
func SpoolDir(path string) string { return filepath.Join(filepath.Dir(path), "spool") }

// SpoolOptions are those with which it opens it.
func (s Spec) SpoolOptions() *spool.Options {
	return &spool.Options{
		SegmentBytes: s.MaxBytes, Durable: s.Durable, Number: true,
		OnError: func(err error) { fmt.Fprintln(os.Stderr, err) },
	}
}

// spooled is a spool: what a Flush after its Put has returned for is accepted.
// Delivering, it is emptied into the file at the same time.
type spooled struct {
	spool *spool.Spool
	out   *delivery // nil: nobody empties it
}

func openSpooled(s Spec) (target, error) {
	q, err := spool.Open(SpoolDir(s.Path), s.SpoolOptions())
	if err != nil {
		return nil, err
	}
	if s.Kind == Spooled {
		return spooled{spool: q}, nil
	}
	d, err := deliver(s, q, "file", nil)
	return spooled{q, d}, err
}

func (s spooled) Write(line []byte) (int, error) {
	r := sluice.Record{Time: time.Now(), Level: sluice.Info, Message: string(line[:len(line)-1])}
	err := s.spool.Put(context.Background(), &r)
	if err == nil {
		err = s.spool.Flush(context.Background())
	}
	if err != nil {
		return 0, err
	}
	return len(line), nil
}

func (s spooled) Roll() error { return errors.ErrUnsupported }

func (s spooled) Close() error {
	if s.out == nil {
		return s.spool.Close()
	}
	return s.out.close()
}

// Stats are what the spool holds, and what it has dropped.
func (s spooled) Stats() Stats { return queueStats(s.spool.Stats()) }
