package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/sluicelog/sluice/queue"
)

// Options are the options of Open. The zero Options consists of defaults.
type Options struct {
	// MaxBytes bounds the segments together; 0: 1 GiB. Segments that were set aside
	// do not count.
	MaxBytes int64 `json:"max_bytes"`
	// MaxAge is how long a record is kept for a destination that does not take it;
	// then it is dropped and counted under Old. Whole segments go at a time, which
	// may keep a record a quarter longer. 0: for ever.
	MaxAge time.Duration `json:"max_age"`
	// Full is what Put does when there is no room: Block unless set. DropOldest
	// drops a whole segment.
	Full queue.Policy `json:"full"`
	// Behind drops, before Full is asked, the oldest segment for those destinations that
	// have not taken it yet, if others have: one that is down takes no room from those
	// that are not. What is dropped is counted under Behind of package queue.
	Behind bool `json:"behind"`
	// Wait bounds how long Block waits; then the record is dropped. 0: as long as it
	// takes. Those who wait are not served in order: a small record may find room
	// before a large one that has waited for longer.
	Wait time.Duration `json:"wait"`
	// Durable makes Flush wait until the records are on disk, and Ack until the
	// position is: goroutines that flush at the same time share the wait. False:
	// until the operating system has them, which survives the process.
	Durable bool `json:"durable"`
	// SegmentBytes is how large a segment grows; 0: 16 MiB. It is a quarter of
	// MaxBytes at most.
	SegmentBytes int64 `json:"segment_bytes"`
	// Number gives each record that has none an ID, the same whenever it is read.
	Number bool `json:"number"`
	// Perm is the mode of the files, whatever the umask; 0: 0600. A directory that
	// Open makes can be searched by those who may read the files.
	Perm fs.FileMode `json:"-"`
	// OnError is told what was found damaged and what housekeeping failed; it may be
	// called by several goroutines at once. nil: nobody is.
	OnError func(error) `json:"-"`
}

const (
	defaultMaxBytes     = 1 << 30
	defaultSegmentBytes = 16 << 20
	defaultPerm         = 0o600
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
		{"MaxBytes", all.MaxBytes},
		{"MaxAge", int64(all.MaxAge)},
		{"Wait", int64(all.Wait)},
		{"SegmentBytes", all.SegmentBytes},
	} {
		if n.value < 0 {
			return all, fmt.Errorf("%s %d: %w", n.name, n.value, errNegative)
		}
	}
	if all.Full != queue.Block && all.Full != queue.DropNewest && all.Full != queue.DropOldest {
		return all, fmt.Errorf("Full: %v is no policy", all.Full)
	}
	if all.MaxBytes == 0 {
		all.MaxBytes = defaultMaxBytes
	}
	if all.SegmentBytes == 0 {
		all.SegmentBytes = defaultSegmentBytes
	}
	all.SegmentBytes = min(all.SegmentBytes, all.MaxBytes/4)
	if all.Perm == 0 {
		all.Perm = defaultPerm
	}
	if all.OnError == nil {
		all.OnError = func(error) {}
	}
	return all, nil
}
