package main

import (
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/rotate"
	"github.com/sluicelog/sluice/wire"
)

//go:embed testdata/receiver.py
var receiverScript string

const throughTCP = "one connection"

// receivers compares programs that read pickled records and write lines.
func receivers(o options) suite {
	const (
		ours    = "receive.Server + NewBuffered + rotate.File"
		spooled = "receive.Server + spool + Listener + NewBuffered + rotate.File"
		python  = "CPython's cookbook receiver + RotatingFileHandler"
	)
	format := func(open func(sluice.Formatter) (subject, error)) (subject, error) {
		f, err := sluice.NewFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", nil)
		if err != nil {
			return subject{}, err
		}
		return open(f)
	}
	return suite{
		name:  "receive-pickles",
		title: "Pickled records over TCP to a rotating file",
		note: fmt.Sprintf("Frames of %d bytes, written by this process 64 KiB at a time; each becomes a line by %%(asctime)s %%(levelname)s %%(name)s %%(message)s. "+
			"The clock stops when the last one is in the file.", 4+len(pickledRecord)),
		base:    python,
		columns: []column{{name: throughTCP, goroutines: 1, dir: o.memory}},
		contenders: []contender{
			{python, inDir(func(dir string, _ column) (subject, error) {
				return openPythonReceiver(filepath.Join(dir, "app.log"))
			})},
			{ours, inDir(func(dir string, _ column) (subject, error) {
				return format(func(f sluice.Formatter) (subject, error) {
					return openServer(dir, f, wire.Pickle{}, nil, prefixed(pickledRecord), nil)
				})
			})},
			{spooled, inDir(func(dir string, _ column) (subject, error) {
				return format(func(f sluice.Formatter) (subject, error) {
					return openServer(dir, f, wire.Pickle{}, nil, prefixed(pickledRecord), behindSpool)
				})
			})},
		},
		goals: []goal{
			{cell{ours, throughTCP}, cell{python, throughTCP}, 1.0 / 14},
			{cell{spooled, throughTCP}, cell{ours, throughTCP}, 2},
		},
	}
}

// syslogReceivers compares programs that read syslog over TCP and write lines.
func syslogReceivers(o options) suite {
	const (
		ours    = "receive.Server + NewBuffered + rotate.File"
		rsyslog = "rsyslogd, imptcp + omfile, tuned"
		copied  = "for comparison: lines copied as they come, rotate.File"
	)
	line := "<14>Nov 20 12:00:00 web-17 app[4711]: " + strings.Repeat("a message of syslog ", 8)
	return suite{
		name:  "receive-syslog",
		title: "Syslog over TCP to a file",
		note: "RFC 3164, LF behind each message of some 200 bytes, written by this process 64 KiB at a time; each is parsed and written with time, host, program and text. " +
			"rsyslogd has one rule, no name lookup, a queue of its own in memory with large batches, and a file buffer of 64 KiB, flushed after each batch. The clock stops when the last one is in the file. What only copies the lines parses and formats nothing.",
		base:    rsyslog,
		columns: []column{{name: throughTCP, goroutines: 1, dir: o.memory}},
		contenders: []contender{
			{rsyslog, inDir(func(dir string, _ column) (subject, error) { return openRsyslog(dir, line+"\n") })},
			{ours, inDir(func(dir string, _ column) (subject, error) {
				f, err := sluice.NewFormatter("%(asctime)s %(hostname)s %(name)s[%(process)d]: %(message)s", nil)
				if err != nil {
					return subject{}, err
				}
				return openServer(dir, f, new(wire.Syslog), &receive.Options{Framing: receive.Syslog}, []byte(line+"\n"), nil)
			})},
			{copied, inDir(func(dir string, _ column) (subject, error) { return openCopied(dir, []byte(line+"\n")) })},
		},
		goals: []goal{{cell{ours, throughTCP}, cell{rsyslog, throughTCP}, 0.25}},
	}
}

// prefixed puts its length in front of a frame.
func prefixed(p []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...)
}

// between puts something between a receiver and h, and gives what ends it.
type between func(dir string, h *sluice.Handler) (sluice.Emitter, func() error, error)

// openReceiving opens a rotating file and where it is to come from.
func openReceiving(dir string) (*rotate.File, net.Listener, error) {
	file, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy: rotate.Size{MaxBytes: maxBytes}, Retention: rotate.Keep{Backups: backups},
	})
	if err != nil {
		return nil, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, l, nil
}

// openServer serves what feed sends, and writes it to a rotating file, with what put
// makes in between if it is not nil.
func openServer(dir string, f sluice.Formatter, p receive.Parser, o *receive.Options, frame []byte, put between) (subject, error) {
	file, l, err := openReceiving(dir)
	if err != nil {
		return subject{}, err
	}
	h := sluice.NewHandler(sluice.NewBuffered(file, f, 0), &sluice.HandlerOptions{Level: sluice.NotSet})
	var e sluice.Emitter = h
	stop := func() error { return nil }
	if put != nil {
		if e, stop, err = put(dir, h); err != nil {
			return subject{}, errors.Join(err, l.Close(), file.Close())
		}
	}
	s := receive.NewServer(e, p, o)
	served := make(chan error, 1)
	go func() { served <- s.ServeSocket(l) }()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return subject{}, errors.Join(err, l.Close(), file.Close())
	}
	return subject{
		run: func(n int) (time.Duration, error) {
			want := file.Stats().Lines + uint64(n)
			start := time.Now()
			if err := feed(nc, frame, n); err != nil {
				return 0, err
			}
			return linesReached(file, want, start)
		},
		close: func() error {
			err := errors.Join(nc.Close(), s.Shutdown(context.Background()))
			if e := <-served; !errors.Is(e, receive.ErrServerClosed) {
				err = errors.Join(err, e)
			}
			return errors.Join(err, stop(), h.Close(), file.Close())
		},
	}, nil
}

// linesReached waits until a file has had so many lines, and gives the time that it
// took.
func linesReached(file *rotate.File, lines uint64, start time.Time) (time.Duration, error) {
	for time.Since(start) < time.Minute {
		if file.Stats().Lines >= lines {
			return time.Since(start), nil
		}
		time.Sleep(200 * time.Microsecond)
	}
	return 0, fmt.Errorf("%d of %d lines are in the file", file.Stats().Lines, lines)
}

// feed sends frame n times.
func feed(nc net.Conn, frame []byte, n int) error {
	const piece = 64 << 10
	many := make([]byte, 0, piece+len(frame))
	for n > 0 {
		many = many[:0]
		for ; n > 0 && len(many) < piece; n-- {
			many = append(many, frame...)
		}
		if _, err := nc.Write(many); err != nil {
			return err
		}
	}
	return nil
}
