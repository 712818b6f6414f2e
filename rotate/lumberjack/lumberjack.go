package lumberjack

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice/rotate"
)

// Logger is an io.WriteCloser that writes to Filename, which is opened by the
// first Write. When the file would grow over MaxSize it is renamed and a new one
// is begun: app.log becomes app-2026-03-29T02-30-00.000.log, after the time of the
// rollover.
//
// It is safe for concurrent use; its fields are not. A field that is changed
// between two calls takes effect with the next one. It must not be copied once it
// has written.
type Logger struct {
	// Filename is the file to write to. Backups are beside it. Empty is the name of
	// the program with -lumberjack.log in os.TempDir. Directories that are missing
	// are made.
	Filename string `json:"filename" yaml:"filename"`
	// MaxSize is the size in megabytes (of 1024 x 1024 bytes) that the file may
	// have; 0 is 100.
	MaxSize int `json:"maxsize" yaml:"maxsize"`
	// MaxAge is how many days of 24 hours a backup is kept since it was last
	// written to; 0 is for ever.
	MaxAge int `json:"maxage" yaml:"maxage"`
	// MaxBackups is how many backups are kept; 0 is all.
	MaxBackups int `json:"maxbackups" yaml:"maxbackups"`
	// LocalTime names backups in local time instead of UTC.
	LocalTime bool `json:"localtime" yaml:"localtime"`
	// Compress compresses backups with gzip.
	Compress bool `json:"compress" yaml:"compress"`
	// OnError gets the housekeeping that failed while a line was written all the
	// same, as rotate.Options.OnError; lumberjack has no such field. Nil: nobody.
	OnError func(error) `json:"-" yaml:"-"`

	unit   int64 // of MaxSize, in bytes; 0: a megabyte
	mu     sync.Mutex
	opened atomic.Pointer[opened] // changed with mu locked; nil: not open
}

// settings are the fields that an open file depends on.
type settings struct {
	filename                    string
	maxSize, maxAge, maxBackups int
	localTime, compress         bool
}

// opened is a file and what it was opened with.
type opened struct {
	settings settings
	file     *rotate.File
}

func (l *Logger) settings() settings {
	return settings{l.Filename, l.MaxSize, l.MaxAge, l.MaxBackups, l.LocalTime, l.Compress}
}

// Write writes p, after renaming the file if p would make it longer than MaxSize.
// A p that is longer itself gets a file of its own. After Close it opens the file
// again.
func (l *Logger) Write(p []byte) (n int, err error) {
	for {
		o, _, err := l.open()
		if err != nil {
			return 0, err
		}
		n, err := o.file.Write(p)
		if errors.Is(err, rotate.ErrClosed) && l.opened.Load() != o {
			continue // by Close, or because a field has changed
		}
		return n, err
	}
}

// Rotate renames the file and begins a new one, in any case.
func (l *Logger) Rotate() error {
	o, isNew, err := l.open()
	if err != nil || isNew {
		return err
	}
	return o.file.Roll()
}

// Close closes the file, and waits until the backups are compressed.
func (l *Logger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.close()
}

func (l *Logger) close() error {
	o := l.opened.Swap(nil)
	if o == nil {
		return nil
	}
	return o.file.Close()
}

// open returns the file as the fields want it; isNew if it was not there before.
func (l *Logger) open() (o *opened, isNew bool, err error) {
	if o := l.opened.Load(); o != nil && o.settings == l.settings() {
		return o, false, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	want := l.settings()
	if o := l.opened.Load(); o != nil && o.settings == want {
		return o, false, nil
	}
	if err := l.close(); err != nil {
		return nil, false, err
	}
	path := l.filename()
	fi, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("lumberjack: %w", err)
	}
	file, err := rotate.Open(path, l.options(fi))
	if err != nil {
		return nil, false, fmt.Errorf("lumberjack: %w", err)
	}
	o = &opened{want, file}
	l.opened.Store(o)
	return o, fi == nil, nil
}

// options are for the file that is there, if any.
func (l *Logger) options(found fs.FileInfo) *rotate.Options {
	o := &rotate.Options{
		Policy: rotate.Stamped{MaxBytes: l.maxBytes(), UTC: !l.LocalTime},
		Retention: rotate.Keep{
			Backups: max(l.MaxBackups, 0),
			MaxAge:  days(l.MaxAge),
		},
		Perm:    0o600,
		DirPerm: 0o755,
		OnError: l.OnError,
	}
	if found != nil {
		o.Perm = found.Mode().Perm()
		if o.Perm&0o200 == 0 {
			o.Perm = 0
		}
	}
	if l.Compress {
		o.Compress = rotate.Gzip()
	}
	return o
}

func (l *Logger) filename() string {
	if l.Filename != "" {
		return l.Filename
	}
	return filepath.Join(os.TempDir(), filepath.Base(os.Args[0])+"-lumberjack.log")
}

func (l *Logger) maxBytes() int64 {
	const megabyte, defaultSize = 1 << 20, 100
	unit, size := l.unit, int64(l.MaxSize)
	if unit == 0 {
		unit = megabyte
	}
	if size <= 0 {
		size = defaultSize
	}
	return min(size, math.MaxInt64/unit) * unit
}

func days(n int) time.Duration {
	const day = int64(24 * time.Hour)
	return time.Duration(min(int64(max(n, 0)), math.MaxInt64/day) * day)
}
