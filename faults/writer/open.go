package writer

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/DeRuina/timberjack"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/rotate"
	lumberjack "gopkg.in/natefinch/lumberjack.v2"
)

// script is the same in Python, with the handlers of CPython.
//
//go:embed writer.py
var script string

func open(s Spec) (target, error) {
	if s.Twice {
		return openTwice(s)
	}
	mib := 1 << 20 // never
	if s.MaxBytes > 0 {
		mib = int(max(1, s.MaxBytes>>20))
	}
	switch s.Kind {
	case Sluice:
		f, err := rotate.Open(s.Path, s.options())
		return file{f}, err
	case Blocking:
		return openQueued(s, queue.Block)
	case Dropping:
		return openQueued(s, queue.DropOldest)
	case Spooled, Delivering:
		return openSpooled(s)
	case Clustered:
		return openClustered(s)
	case Taking:
		return openTaking(s)
	case Published:
		return openPublished(s)
	case Lumberjack:
		l := &lumberjack.Logger{Filename: s.Path, MaxSize: mib, MaxBackups: s.Backups, Compress: s.Compress}
		return rotates{l, l.Rotate}, nil
	case Timberjack:
		l := &timberjack.Logger{Filename: s.Path, MaxSize: mib, MaxBackups: s.Backups}
		if s.Compress {
			l.Compression = "gzip"
		}
		return rotates{l, l.Rotate}, nil
	case Buffered:
		f, err := os.OpenFile(s.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
		return buffered{bufio.NewWriter(f), f}, err
	case Append:
		f, err := os.OpenFile(s.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
		return rotates{f, func() error { return errors.ErrUnsupported }}, err
	}
	return nil, fmt.Errorf("kind %q", s.Kind)
}

// options are those of sluice.
func (s Spec) options() *rotate.Options {
	o := &rotate.Options{Watch: s.Watch, LineEnd: "\n", Durable: s.Durable, SyncInterval: s.SyncInterval,
		Retention: rotate.Keep{Backups: s.Backups}}
	if s.MaxBytes > 0 {
		o.Policy = rotate.Size{MaxBytes: s.MaxBytes}
	}
	if s.Hold {
		o.Hold = &rotate.Hold{}
	}
	if s.Shared {
		o.Shared = &rotate.Shared{}
	}
	if s.Compress {
		o.Compress = rotate.Gzip()
	}
	return o
}

type file struct{ *rotate.File }

// Stats are the counters.
func (s file) Stats() Stats { return statsOf(s.File) }

func statsOf(f *rotate.File) Stats {
	c := f.Stats()
	return Stats{
		Lines: c.Lines, Bytes: c.Bytes, Refused: c.Refused,
		Held: c.Held, GivenUp: c.GivenUp,
		Rolls: c.Rolls, RollFailures: c.RollFailures, Reopens: c.Reopens,
		Removed: c.Removed, Compressed: c.Compressed, Failures: c.Failures,
	}
}

// rotates is a peer that can be told to rotate, and counts nothing.
type rotates struct {
	io.WriteCloser
	rotate func() error
}

func (r rotates) Roll() error  { return r.rotate() }
func (r rotates) Stats() Stats { return Stats{} }

type buffered struct {
	*bufio.Writer
	file *os.File
}

func (b buffered) Close() error { return errors.Join(b.Flush(), b.file.Close()) }
func (b buffered) Roll() error  { return errors.ErrUnsupported }
func (b buffered) Stats() Stats { return Stats{} }
