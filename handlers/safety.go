package handlers

import (
	"time"

	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/rotate"
)

// Safety says what becomes of a file's records when a disk fails, a machine stops, or
// other processes write them, too. The zero Safety is Python's: a record that the
// disk refuses is an error, one that it has taken is the operating system's, and the
// file is this process's alone. See rotate.Options for all of them.
type Safety struct {
	// Shared lets other processes write and roll over the same file. (dictConfig:
	// shared, shareGrace.)
	Shared *rotate.Shared `json:"-"`
	// Hold keeps records in memory while the disk refuses them. (dictConfig: hold,
	// holdBytes.)
	Hold *rotate.Hold `json:"-"`
	// Durable has each record on the disk before Handle returns.
	Durable bool `json:"durable"`
	// SyncInterval is how long a record may be the operating system's alone.
	// (dictConfig: syncInterval, in seconds.)
	SyncInterval time.Duration `json:"-"`
}

// on sets what s asks for.
func (s *Safety) on(o *rotate.Options) *rotate.Options {
	o.Shared, o.Hold, o.Durable, o.SyncInterval = s.Shared, s.Hold, s.Durable, s.SyncInterval
	return o
}

// lineEnd gives what each record of o ends with, where a crash may have cut one off.
func (o *Options) lineEnd(ro *rotate.Options, e *charset.Encoder) (string, error) {
	if ro.Shared == nil && ro.Hold == nil && !ro.Durable {
		return "", nil
	}
	end := "\n"
	if o.Terminator != nil {
		end = *o.Terminator
	}
	if e == nil {
		return end, nil
	}
	p, err := e.AppendEncode(nil, end)
	return string(p), err
}
