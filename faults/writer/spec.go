// Package writer runs those who write files, each in a process of its own: sluice
// and its peers. They are told by lines on standard input what to write, and
// answer each line that they were handed with whether they took it.
//
// # Limits
//
// An answer is one write to a pipe, so a process that is killed has at most one
// answer, for each of its goroutines, that it did not give.
package writer

import "time"

// Kinds are the contenders.
const (
	Sluice     = "sluice"
	Lumberjack = "lumberjack"
	Timberjack = "timberjack"
	Rotating   = "RotatingFileHandler"
	Watched    = "WatchedFileHandler"
	Timed      = "TimedRotatingFileHandler"
	Blocking   = "sluice, queue that blocks"
	Dropping   = "sluice, queue that drops the oldest"
	Spooled    = "sluice, spool"
	Delivering = "sluice, spool that is emptied into the file"
	Buffered   = "bufio" // answers before the system has the line: a control that must fail
	Published  = "JetStream"
	Clustered  = "sluice, natsqueue"
	Taking     = "sluice, natsqueue that is emptied into the file"
	Append     = ">>" // what a shell's redirection does: the measure of what cannot be helped
)

// Spec says what a process opens.
type Spec struct {
	Kind         string
	Path         string
	Producer     int   // whose lines it writes
	Line         int   // bytes of a line; between half of it and that
	MaxBytes     int64 // 0: never. lumberjack and timberjack know only whole MiB, and have at least one
	Backups      int
	Compress     bool
	Watch        bool
	Hold         bool
	Durable      bool
	Shared       bool // several processes use it; only sluice knows that
	Twice        bool // the process opens the file twice, and writes by turns
	Queue        int  // records that a queue in front of the file holds
	SyncInterval time.Duration
	Writers      int // goroutines that share the work; 0 is 1

	URL      string // of servers instead of a file
	CA       string // the path of the certificate that theirs are signed by
	Replicas int    // on how many of them each line is kept
	AckWait  time.Duration
}

// Stats are the counters of sluice; the others have none.
type Stats struct {
	Lines, Bytes, Refused        uint64
	Held, GivenUp, Dropped       uint64
	Rolls, RollFailures, Reopens uint64
	Removed, Compressed          uint64
	Failures                     uint64
}

// Ours says that the contender is sluice, and counts.
func (s Spec) Ours() bool {
	return s.Kind == Sluice || s.Kind == Blocking || s.Kind == Dropping || s.Kind == Spooled || s.Kind == Delivering || s.Kind == Clustered || s.Kind == Taking
}
