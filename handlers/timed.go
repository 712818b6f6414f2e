package handlers

import (
	"io/fs"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/rotate"
)

// TimedRotatingFileOptions are the options of NewTimedRotatingFile.
type TimedRotatingFileOptions struct {
	// When is the unit: S, M, H (the default), D, midnight, or W0 (Monday) to W6;
	// upper and lower case are the same.
	When string `json:"when"`
	// Interval is how many units a period has; 0 is 1.
	Interval int `json:"interval"`
	// BackupCount is how many old files are kept; 0 keeps all.
	BackupCount int `json:"backupCount"`
	// Encoding, Errors and CharName are as in FileOptions.
	Encoding string        `json:"encoding"`
	Errors   string        `json:"errors"`
	CharName charset.Namer `json:"-"`
	// Delay opens the file with the first record.
	Delay bool `json:"delay"`
	// UTC counts and names in UTC instead of local time.
	UTC bool `json:"utc"`
	// AtTime is the time of day of rollovers by midnight and W0 to W6; nil is the
	// end of the day.
	AtTime *rotate.TimeOfDay `json:"atTime"`
	// Namer gives a backup's path another form; see rotate.Options.
	Namer func(path string) string `json:"-"`
	// Rotator moves the file to its backup's path instead of a rename; see
	// rotate.Options.Mover.
	Rotator func(source, dest string) error `json:"-"`
	// Perm, DirPerm, NoFollow and Symlink are as in FileOptions.
	Perm     fs.FileMode `json:"-"`
	DirPerm  fs.FileMode `json:"-"`
	NoFollow bool        `json:"noFollow"`
	Symlink  string      `json:"symlink"`
	// MaxAge is how long since its last record a backup is kept; MaxTotalBytes how
	// large the backups may be together, when compressed; MinFree how many bytes are
	// to be free on the disk. 0 is no bound; see rotate.Keep.
	MaxAge        time.Duration `json:"-"`
	MaxTotalBytes int64         `json:"maxTotalBytes"`
	MinFree       int64         `json:"minFree"`
	// Compress compresses backups: rotate.Gzip() or rotate.Zstd().
	Compress *rotate.Compression `json:"-"`
	// AfterRoll is told each backup's final path, BeforeRemove is asked before one
	// is removed; see rotate.Options.
	AfterRoll    func(backup string)     `json:"-"`
	BeforeRemove func(path string) error `json:"-"`

	Safety
	Options
}

// NewTimedRotatingFile returns a handler whose file rolls over when a period ends;
// backups are named after the local time at which theirs began. o may be nil: a
// period is an hour then. (Python: TimedRotatingFileHandler.)
func NewTimedRotatingFile(filename string, o *TimedRotatingFileOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &TimedRotatingFileOptions{}
	}
	return o.open("TimedRotatingFileHandler", filename, o.text(), o.file())
}

// Validate reports what is wrong with o, as NewTimedRotatingFile would, without
// touching a file.
func (o *TimedRotatingFileOptions) Validate() error { return validate(o.text(), o.file()) }

func (o *TimedRotatingFileOptions) text() text { return text{o.Encoding, o.Errors, o.CharName} }

func (o *TimedRotatingFileOptions) file() *rotate.Options {
	when := o.When
	if when == "" {
		when = "H"
	}
	keep := rotate.Keep{
		Backups: max(o.BackupCount, 0), // Python takes a negative one, which keeps none or all
		MaxAge:  o.MaxAge, MaxTotalBytes: o.MaxTotalBytes, MinFree: o.MinFree,
	}
	return o.on(&rotate.Options{
		Policy:    rotate.Timed{When: when, Interval: o.Interval, AtTime: o.AtTime, UTC: o.UTC},
		Retention: keep,
		Delay:     o.Delay,
		Namer:     o.Namer,
		Mover:     o.Rotator,
		Perm:      o.Perm, DirPerm: o.DirPerm, NoFollow: o.NoFollow, Symlink: o.Symlink,
		Compress: o.Compress, AfterRoll: o.AfterRoll, BeforeRemove: o.BeforeRemove,
	})
}
