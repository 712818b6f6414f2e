package main

import (
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sluicelog/sluice/rotate"
)

// rotation are the flags that say how a file rolls over.
type rotation struct {
	MaxBytes    *size      `help:"Roll over before the file would reach this size: bytes, or with k, M, G (of 1024). 0: never." placeholder:"BYTES" group:"Rotation:"`
	When        string     `help:"Roll over by time: S, M, H, D, midnight, W0 (Monday) to W6." placeholder:"WHEN" group:"Rotation:"`
	Interval    int        `help:"How many units of --when a period has." default:"1" group:"Rotation:"`
	AtTime      *timeOfDay `help:"Time of day for midnight and W0 to W6, as 15:04:05." placeholder:"HH:MM[:SS]" group:"Rotation:"`
	UTC         bool       `name:"utc" help:"Count and name in UTC instead of local time." group:"Rotation:"`
	BackupCount *int       `help:"How many old files to keep. By time 0 keeps all; by size it never rolls over." placeholder:"N" group:"Rotation:"`

	MaxAge        age         `help:"Remove old files last written to so long ago: 36h, 7d." placeholder:"AGE" group:"Rotation:"`
	MaxTotalBytes size        `help:"How many bytes the old files may have together, when compressed; the oldest go." placeholder:"BYTES" group:"Rotation:"`
	MinFree       size        `help:"Remove old files, the oldest first, until so many bytes of the disk are free." placeholder:"BYTES" group:"Rotation:"`
	Compress      compression `help:"Compress old files: gzip or zstd." placeholder:"FORMAT" group:"Rotation:"`

	Shared       bool          `help:"Other processes write the file, and roll it over, too: all of them with --shared." group:"File:"`
	Hold         bool          `help:"Keep lines in memory, up to 8 MiB, while the disk refuses them." group:"File:"`
	Durable      bool          `help:"Each line is on the disk before the next ones are read." group:"File:"`
	SyncInterval time.Duration `help:"Put lines on the disk at the latest so long after they were written: 1s." placeholder:"DURATION" group:"File:"`

	Perm    perm   `help:"The file's permissions, in octal, whatever the umask." placeholder:"MODE" group:"File:"`
	Symlink string `help:"A symbolic link to make, and keep, that leads to the file." placeholder:"PATH" group:"File:"`
}

// options are those of the file that the flags ask for.
func (r *rotation) options() (*rotate.Options, error) {
	policy, err := r.policy()
	if err != nil {
		return nil, err
	}
	keep, err := r.keep(policy)
	if err != nil {
		return nil, err
	}
	o := &rotate.Options{
		Policy:    policy,
		Retention: keep,
		Compress:  r.Compress.Compression,
		Perm:      fs.FileMode(r.Perm),
		Symlink:   r.Symlink,
		Durable:   r.Durable,
		LineEnd:   "\n", // what is written here are lines
	}
	if o.SyncInterval = r.SyncInterval; o.SyncInterval < 0 {
		return nil, usagef("--sync-interval %v: less than 0", o.SyncInterval)
	}
	if r.Shared {
		o.Shared = &rotate.Shared{}
	}
	if r.Hold {
		o.Hold = &rotate.Hold{}
	}
	return o, nil
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
	if r.Interval < 1 {
		return nil, usagef("--interval %d: less than 1", r.Interval)
	}
	t := rotate.Timed{When: r.When, Interval: r.Interval, AtTime: (*rotate.TimeOfDay)(r.AtTime), UTC: r.UTC}
	if err := t.Validate(); err != nil {
		return nil, usagef("--when %s: %w", r.When, err)
	}
	if r.MaxBytes != nil {
		return rotate.SizeAndTime{Size: rotate.Size{MaxBytes: int64(*r.MaxBytes)}, Timed: t}, nil
	}
	return t, nil
}

// neverRolls says that a size was given without effect, as Python has it.
func (r *rotation) neverRolls() bool {
	return r.MaxBytes != nil && *r.MaxBytes > 0 && r.When == "" && r.BackupCount == nil
}

func (r *rotation) keep(policy rotate.Policy) (rotate.Keep, error) {
	k := rotate.Keep{MaxAge: time.Duration(r.MaxAge), MaxTotalBytes: int64(r.MaxTotalBytes), MinFree: int64(r.MinFree)}
	if r.BackupCount != nil {
		k.Backups = *r.BackupCount
	}
	if k.Backups < 0 {
		return k, usagef("--backup-count %d: less than 0", k.Backups)
	}
	if policy == nil && k.Backups > 0 {
		return k, usagef("--backup-count goes with --max-bytes or --when")
	}
	s, bySize := policy.(rotate.Size)
	if never := policy == nil || bySize && (s.MaxBytes == 0 || k.Backups == 0); !never {
		return k, nil
	}
	if k.MaxAge > 0 || k.MaxTotalBytes > 0 || k.MinFree > 0 || r.Compress.Compression != nil {
		return k, usagef("--max-age, --max-total-bytes, --min-free and --compress go with --when, or with --max-bytes and --backup-count")
	}
	return k, nil
}

// age is a duration that may be in days.
type age time.Duration

// UnmarshalText reads an age.
func (a *age) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		var n int64
		if n, err = strconv.ParseInt(days, 10, 64); err == nil && n > int64(math.MaxInt64/(24*time.Hour)) {
			err = strconv.ErrRange
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no age: want 7d, 36h, 90m", text)
	}
	*a = age(d)
	return nil
}

// compression reads gzip and zstd.
type compression struct{ *rotate.Compression }

// UnmarshalText reads the name of a format.
func (c *compression) UnmarshalText(text []byte) (err error) {
	c.Compression, err = rotate.CompressionNamed(string(text))
	return err
}

// perm is permissions in octal.
type perm fs.FileMode

// UnmarshalText reads permissions.
func (p *perm) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 8, 32)
	if err != nil || n > 0o777 || n&0o200 == 0 {
		return fmt.Errorf("%q are no permissions of a log file: want octal digits as 640, and the owner must write", text)
	}
	*p = perm(n)
	return nil
}

// size is a number of bytes: 10485760, 10M, 10MiB.
type size int64

// String gives it in the largest unit that needs no fraction.
func (s size) String() string {
	for _, unit := range [...]struct {
		name  string
		shift int
	}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}} {
		if s > 0 && s&(1<<unit.shift-1) == 0 {
			return fmt.Sprintf("%d %s", s>>unit.shift, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", int64(s))
}

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
