package writer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
	"github.com/sluicelog/sluice/rotate"
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
	spool    *spool.Spool
	file     *rotate.File    // nil: nobody empties it
	listener *queue.Listener // likewise
}

func openSpooled(s Spec) (target, error) {
	q, err := spool.Open(SpoolDir(s.Path), s.SpoolOptions())
	if err != nil {
		return nil, err
	}
	if s.Kind == Spooled {
		return spooled{spool: q}, nil
	}
	f, err := rotate.Open(s.Path, s.options())
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	format, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		return nil, err
	}
	out := sluice.NewHandler(sluice.NewBuffered(f, format, 0), nil)
	l := queue.NewListener(q, []queue.Destination{{Name: "file", Handler: out}}, &queue.ListenerOptions{Retries: -1})
	return spooled{q, f, l}, l.Start()
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
	if s.listener == nil {
		return s.spool.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), drained)
	defer cancel()
	return errors.Join(s.listener.Shutdown(ctx), s.file.Close())
}

// Stats are what the spool holds, and what it has dropped.
func (s spooled) Stats() Stats {
	st := s.spool.Stats()
	all := Stats{Held: st.Held}
	for _, n := range st.Dropped {
		all.Dropped += n
	}
	return all
}
