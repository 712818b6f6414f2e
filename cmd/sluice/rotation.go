package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sluicelog/sluice/rotate"
)

// rotation are the flags that say how a file rolls over.
type rotation struct {
	MaxBytes    *size      `help:"Roll over before the file would reach this size: bytes, or with k, M, G. 0: never." placeholder:"BYTES" group:"Rotation:"`
	When        string     `help:"Roll over by time: S, M, H, D, midnight, W0 (Monday) to W6." placeholder:"WHEN" group:"Rotation:"`
	Interval    int        `help:"How many units of --when a period has." default:"1" group:"Rotation:"`
	AtTime      *timeOfDay `help:"Time of day for midnight and W0 to W6, as 15:04:05." placeholder:"HH:MM[:SS]" group:"Rotation:"`
	UTC         bool       `name:"utc" help:"Count and name in UTC instead of local time." group:"Rotation:"`
	BackupCount *int       `help:"How many old files to keep. By time 0 keeps all; by size it never rolls over." placeholder:"N" group:"Rotation:"`
}

// policy gives the policy that the flags ask for; nil: none.
func (r *rotation) policy() (rotate.Policy, error) {
	if r.When == "" {
		if r.AtTime != nil || r.UTC || r.Interval != 1 {
			return nil, usagef("--interval, --at-time and --utc go with --when")
		}
		if r.MaxBytes == nil {
			return nil, nil
		}
		return rotate.Size{MaxBytes: int64(*r.MaxBytes)}, nil
	}
	if r.MaxBytes != nil {
		return nil, usagef("--when and --max-bytes exclude each other")
	}
	if r.Interval < 1 {
		return nil, usagef("--interval %d: less than 1", r.Interval)
	}
	t := rotate.Timed{When: r.When, Interval: r.Interval, AtTime: (*rotate.TimeOfDay)(r.AtTime), UTC: r.UTC}
	if err := t.Validate(); err != nil {
		return nil, usagef("--when %s: %w", r.When, err)
	}
	return t, nil
}

func (r *rotation) keep() (rotate.Keep, error) {
	if r.BackupCount == nil {
		return rotate.Keep{}, nil
	}
	if *r.BackupCount < 0 {
		return rotate.Keep{}, usagef("--backup-count %d: less than 0", *r.BackupCount)
	}
	return rotate.Keep{Backups: *r.BackupCount}, nil
}

// size is a number of bytes: 10485760, 10M, 10MiB.
type size int64

// UnmarshalText reads a size.
func (s *size) UnmarshalText(text []byte) error {
	t := strings.TrimSuffix(strings.TrimSuffix(string(text), "B"), "i")
	shift := 0
	if t != "" {
		switch t[len(t)-1] {
		case 'k', 'K':
			shift = 10
		case 'M':
			shift = 20
		case 'G':
			shift = 30
		}
		if shift > 0 {
			t = t[:len(t)-1]
		}
	}
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 0 || n > (1<<62)>>shift {
		return fmt.Errorf("%q is no size: want a number of bytes, or one with k, M or G", text)
	}
	*s = size(n << shift)
	return nil
}

// timeOfDay reads 15:04 and 15:04:05.
type timeOfDay rotate.TimeOfDay

// UnmarshalText reads a time of day.
func (t *timeOfDay) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), ":")
	most := []int{23, 59, 59}
	var n [3]int
	bad := len(parts) < 2 || len(parts) > 3
	for i := 0; i < len(parts) && !bad; i++ {
		v, err := strconv.Atoi(parts[i])
		bad = err != nil || len(parts[i]) != 2 || v < 0 || v > most[i]
		n[i] = v
	}
	if bad {
		return fmt.Errorf("%q is no time of day: want 15:04 or 15:04:05", text)
	}
	*t = timeOfDay{Hour: n[0], Minute: n[1], Second: n[2]}
	return nil
}
