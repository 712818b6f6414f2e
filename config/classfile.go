package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/rotate"
)

// fileArgs are what all files take beside their options.
type fileArgs struct {
	Filename   string      `json:"filename" config:"required"`
	Perm       fs.FileMode `json:"perm"`
	DirPerm    fs.FileMode `json:"dirPerm"`
	Terminator *string     `json:"terminator" config:"attr"`

	Shared       bool          `json:"shared"`
	ShareGrace   time.Duration `json:"shareGrace"`
	Hold         bool          `json:"hold"`
	HoldBytes    int           `json:"holdBytes"`
	SyncInterval time.Duration `json:"syncInterval"`
}

// safety adds to s what a has of it.
func (b *Builder) safety(a *fileArgs, s *handlers.Safety) {
	s.SyncInterval = a.SyncInterval
	switch {
	case a.Shared:
		s.Shared = &rotate.Shared{Grace: a.ShareGrace}
	case a.ShareGrace != 0:
		b.Fail("shareGrace", errors.New("goes with shared"))
	}
	switch {
	case a.Hold:
		s.Hold = &rotate.Hold{Bytes: a.HoldBytes}
	case a.HoldBytes != 0:
		b.Fail("holdBytes", errors.New("goes with hold"))
	}
}

// backupArgs are what files take that roll over.
type backupArgs struct {
	fileArgs
	MaxAge   time.Duration       `json:"maxAge"`
	Compress *rotate.Compression `json:"compress"`
	Namer    namerRef            `json:"namer" config:"attr"`
	Rotator  rotatorRef          `json:"rotator" config:"attr"`
}

// file checks what is common, after Decode gave err, and gives the options that all
// handlers of files take. A file that is opened with the first record may lack its
// place until then, as in Python.
func (b *Builder) file(a *fileArgs, mode *string, delay bool, validate func() error, err error) (handlers.Options, error) {
	before := b.told()
	if err == nil {
		b.notEmpty("encoding", "an encoding")
		if invalid := validate(); invalid != nil {
			b.Fail(argumentOf(invalid), invalid)
		}
		if closed := b.opens(a.Filename, *mode, a.DirPerm != 0); closed != nil {
			if delay {
				b.warnAt("filename", "%v", closed)
			} else {
				b.Fail("filename", closed)
			}
		}
		if path, absErr := filepath.Abs(a.Filename); absErr == nil {
			b.Attr("baseFilename", path)
			if b.isOpen(path) {
				*mode = "a" // a reload is no restart: what the file holds is of this run
			}
		}
		b.Attr("terminator", valueOr(a.Terminator, "\n"))
	}
	return handlers.Options{
		Level: sluice.NotSet, Formatter: b.Formatter(), Terminator: a.Terminator, OnError: b.OnError,
	}, b.ready(before, err)
}

// notEmpty tells an argument that is "", which is no default in Python.
func (b *Builder) notEmpty(key, what string) {
	path := join(b.path, key)
	if n := b.at(b.node.get(key), path); n != nil && n.kind == text && n.text == "" {
		b.want(n, path, what)
	}
}

func (b *Builder) perm(a *fileArgs) fs.FileMode {
	if a.Perm == 0 {
		return b.o.FilePerm
	}
	return a.Perm
}

// argumentOf gives the argument that an error of package rotate or charset is about.
func argumentOf(err error) string {
	for words, key := range map[string]string{
		"mode ": "mode", "perm ": "perm", "dir perm ": "dirPerm", "when ": "when", "interval ": "interval", "at time ": "atTime",
		"unknown encoding": "encoding", "unknown error handler": "errors", "max age": "maxAge",
		"hold ": "holdBytes", "shared": "shared", "sync interval ": "syncInterval", "max total bytes": "maxTotalBytes", "min free": "minFree",
	} {
		if strings.HasPrefix(err.Error(), words) {
			return key
		}
	}
	return ""
}

func valueOr[T any](p *T, or T) T {
	if p != nil {
		return *p
	}
	return or
}

// describe says what Python's attributes of a file come to.
func (b *Builder) describe(mode, encoding, policy string, delay bool) {
	b.Attr("mode", orElse(mode, "a"))
	b.Attr("encoding", orElse(encoding, "locale"))
	b.Attr("delay", delay)
	if policy == "" {
		b.Attr("errors", nil)
	} else {
		b.Attr("errors", policy)
	}
}

func orElse(s, or string) string {
	if s == "" {
		return or
	}
	return s
}

// opened gives what a constructor of package handlers made.
func (b *Builder) opened(h *sluice.Handler, err error) (sluice.Emitter, func() sluice.Stats, error) {
	if err != nil {
		return nil, nil, err
	}
	f := handlers.File(h)
	b.rotating = f
	return h.Emitter(), func() sluice.Stats {
		st := f.Stats()
		s := sluice.Stats{
			Accepted: st.Lines + st.Refused + st.Held + st.GivenUp, Delivered: st.Lines, Held: st.Held,
			Dropped: map[string]uint64{"refused": st.Refused},
		}
		if st.GivenUp > 0 {
			s.Dropped["given up"] = st.GivenUp
		}
		return s
	}, nil
}

func fileHandler(b *Builder) (Open, error)        { return plainFile(b, handlers.NewFile) }
func watchedFileHandler(b *Builder) (Open, error) { return plainFile(b, handlers.NewWatchedFile) }

func plainFile(b *Builder, open func(string, *handlers.FileOptions) (*sluice.Handler, error)) (Open, error) {
	var a struct {
		fileArgs
		handlers.FileOptions
	}
	err := b.Decode(&a)
	o := &a.FileOptions
	o.Perm, o.DirPerm, o.CharName = b.perm(&a.fileArgs), a.fileArgs.DirPerm, b.o.CharName
	b.safety(&a.fileArgs, &o.Safety)
	b.describe(o.Mode, o.Encoding, o.Errors, o.Delay)
	b.notEmpty("mode", "a mode")
	o.Options, err = b.file(&a.fileArgs, &o.Mode, o.Delay, o.Validate, err)
	return func() (sluice.Emitter, func() sluice.Stats, error) { return b.opened(open(a.Filename, o)) }, err
}

func rotatingFileHandler(b *Builder) (Open, error) {
	var a struct {
		backupArgs
		handlers.RotatingFileOptions
	}
	err := b.Decode(&a)
	o := &a.RotatingFileOptions
	o.Perm, o.DirPerm, o.CharName = b.perm(&a.fileArgs), a.fileArgs.DirPerm, b.o.CharName
	o.MaxAge, o.Compress, o.Namer, o.Rotator = a.backupArgs.MaxAge, a.backupArgs.Compress, a.backupArgs.Namer.f, a.backupArgs.Rotator.f
	b.safety(&a.fileArgs, &o.Safety)
	b.namer = o.Namer
	if o.MaxBytes > 0 {
		o.Mode = "a" // handlers.py: "it doesn't make sense to use another mode"
	} else {
		b.notEmpty("mode", "a mode")
	}
	b.describe(o.Mode, o.Encoding, o.Errors, o.Delay)
	b.Attr("maxBytes", o.MaxBytes)
	b.Attr("backupCount", o.BackupCount)
	if o.MaxBytes > 0 && o.BackupCount <= 0 {
		b.warnAt("maxBytes", "without backupCount the file never rolls over: it grows beyond maxBytes")
	}
	o.Options, err = b.file(&a.fileArgs, &o.Mode, o.Delay, o.Validate, err)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		return b.opened(handlers.NewRotatingFile(a.Filename, o))
	}, err
}

func timedRotatingFileHandler(b *Builder) (Open, error) {
	var a struct {
		backupArgs
		handlers.TimedRotatingFileOptions
	}
	err := b.Decode(&a)
	o := &a.TimedRotatingFileOptions
	o.Perm, o.DirPerm, o.CharName = b.perm(&a.fileArgs), a.fileArgs.DirPerm, b.o.CharName
	o.MaxAge, o.Compress, o.Namer, o.Rotator = a.backupArgs.MaxAge, a.backupArgs.Compress, a.backupArgs.Namer.f, a.backupArgs.Rotator.f
	b.safety(&a.fileArgs, &o.Safety)
	b.namer = o.Namer
	b.describe("a", o.Encoding, o.Errors, o.Delay)
	b.notEmpty("when", "a time to roll over")
	b.Attr("backupCount", o.BackupCount)
	b.Attr("utc", o.UTC)
	when := strings.ToUpper(orElse(o.When, "H"))
	seconds, suffix := period(when)
	b.Attr("when", when)
	b.Attr("interval", seconds*int64(max(o.Interval, 1)))
	b.Attr("suffix", suffix)
	if b.Attr("atTime", nil); o.AtTime != nil {
		b.attrs["atTime"] = b.args()["atTime"]
	}
	if n := b.node.get("interval"); err == nil && n != nil && o.Interval < 1 {
		b.warnAt("interval", "an interval below 1 is 1")
	}
	mode := ""
	o.Options, err = b.file(&a.fileArgs, &mode, o.Delay, o.Validate, err)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		return b.opened(handlers.NewTimedRotatingFile(a.Filename, o))
	}, err
}

// period gives Python's attributes interval, for one unit, and suffix.
func period(when string) (seconds int64, suffix string) {
	switch when {
	case "S":
		return 1, "%Y-%m-%d_%H-%M-%S"
	case "M":
		return 60, "%Y-%m-%d_%H-%M"
	case "H":
		return 60 * 60, "%Y-%m-%d_%H"
	case "D", "MIDNIGHT":
		return 24 * 60 * 60, "%Y-%m-%d"
	}
	return 7 * 24 * 60 * 60, "%Y-%m-%d"
}

// warnAt warns of the argument key.
func (b *Builder) warnAt(key, format string, args ...any) {
	at := b.node.keyOf(key).place
	b.warn(at, join(b.path, key), format, args...)
}
