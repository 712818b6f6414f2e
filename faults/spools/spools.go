// Package spools has the faults of the queue on disk: its process killed, the power
// cut, the disk full, its files damaged, and a peer that is down for a minute.
//
// # Limits
//
// What is accepted here is what a Flush has returned for. The power is cut as package
// inject does it: a disk that lies about what it has written is not among the faults.
package spools

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
	"github.com/sluicelog/sluice/queue/spool"
)

// Faults are those of this package, in the order of the table.
func Faults() []fault.Fault {
	return []fault.Fault{
		killed(), killedDelivering(), power("ext4"), power("xfs"), full(), damaged(), down(),
	}
}

// small are segments that many are of.
const small = 64 << 10

// place makes the directory of the log and gives the spec its path.
func place(e *fault.Env, s writer.Spec) (writer.Spec, error) {
	s.Path = filepath.Join(e.Dir, "log", "app.log")
	if s.Line == 0 {
		s.Line = 120
	}
	return s, os.Mkdir(filepath.Dir(s.Path), 0o755)
}

// drain empties the spool into the ledger, and tells what the spool has dropped by
// its own count, and what it told.
func drain(l *balance.Ledger, s writer.Spec) (dropped int, told []error, err error) {
	o := s.SpoolOptions()
	o.OnError = func(err error) { told = append(told, err) }
	q, err := spool.Open(writer.SpoolDir(s.Path), o)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	g, err := q.Cursor("drain")
	if err != nil {
		return 0, nil, err
	}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	for {
		b, err := g.Get(now, 1000)
		if errors.Is(err, context.Canceled) {
			break
		}
		if err != nil {
			return 0, told, err
		}
		for _, r := range b.Records() {
			l.Found([]byte(r.Message))
		}
		if err := b.Ack(now, len(b.Records())); err != nil {
			return 0, told, err
		}
	}
	for _, n := range q.Stats().Dropped {
		dropped += int(n)
	}
	return dropped, told, nil
}
