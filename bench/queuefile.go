package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	_ "embed"

	phuslu "github.com/phuslu/log"
	"gopkg.in/natefinch/lumberjack.v2"

	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/rotate"
)

//go:embed testdata/queue.py
var queueScript string

// queueFiles compares the whole way through a queue.
func queueFiles(o options) suite {
	const (
		channel = "channel + slog.JSONHandler + lumberjack"
		native  = "phuslu's own logger + AsyncWriter + FileWriter"
		json    = "slog + Ring + Listener + NewBuffered JSON + rotate.File"
		named   = "slog + Ring + Listener + NewBuffered " + namedFormat + " + rotate.File"
		cpython = "CPython QueueHandler + QueueListener + RotatingFileHandler"
	)
	s := suite{
		name:  "queue-file",
		title: "From the logging call through a queue to a rotating file",
		note: "The five attributes above; queues of 8192 that block, files as in the first table. The clock stops when all is written and flushed. " +
			"phuslu's is no slog handler. CPython's line has the attributes in its message, by %-formatting.",
		base:    channel,
		columns: fileColumns(o),
		contenders: []contender{
			{channel, inDir(channelFile)},
			{native, inDir(phusluFile)},
			{json, inDir(func(dir string, c column) (subject, error) {
				return ringFile(dir, c, sluice.NewJSON(nil))
			})},
			{named, inDir(func(dir string, c column) (subject, error) {
				f, err := sluice.NewFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", nil)
				if err != nil {
					return subject{}, err
				}
				return ringFile(dir, c, f)
			})},
			{cpython, inDir(func(dir string, c column) (subject, error) {
				if c.goroutines > 1 {
					return subject{}, errAbsent
				}
				return openPython(queueScript, filepath.Join(dir, "app.log"), fmt.Sprint(maxBytes), fmt.Sprint(backups))
			})},
		},
	}
	for _, c := range s.columns {
		s.goals = append(s.goals,
			goal{cell{json, c.name}, cell{channel, c.name}, 0.2},
			goal{cell{json, c.name}, cell{native, c.name}, 1.3})
		if c.goroutines == 1 {
			s.goals = append(s.goals, goal{cell{json, c.name}, cell{cpython, c.name}, 1.0 / 40})
		}
	}
	return s
}

// inDir gives open a directory of its own, which is removed afterwards.
func inDir(open func(dir string, c column) (subject, error)) func(column) (subject, error) {
	return func(c column) (subject, error) {
		dir, err := os.MkdirTemp(c.dir, "sluice-bench-")
		if err != nil {
			return subject{}, err
		}
		s, err := open(dir, c)
		if err != nil {
			return subject{}, errors.Join(err, removeAll(dir))
		}
		end := s.close
		s.close = func() error { return errors.Join(end(), removeAll(dir)) }
		return s, nil
	}
}

// sending is the usual handler in front of a channel.
type sending struct {
	nothing
	ch chan slog.Record
}

func (s sending) Handle(_ context.Context, r slog.Record) error {
	s.ch <- r.Clone()
	return nil
}

func channelFile(dir string, c column) (subject, error) {
	ch := make(chan slog.Record, fileQueueSize)
	f := &lumberjack.Logger{Filename: filepath.Join(dir, "app.log"), MaxSize: maxMegabytes, MaxBackups: backups}
	h := slog.NewJSONHandler(f, nil)
	count := newCounter()
	failed := make(chan error, 1)
	go func() {
		var err error
		for r := range ch {
			err = errors.Join(err, h.Handle(context.Background(), r))
			count.add(1)
		}
		failed <- err
	}()
	return subject{
		run: count.run(c.goroutines, logOp(sending{ch: ch})),
		close: func() error {
			close(ch)
			return errors.Join(<-failed, f.Close())
		},
	}, nil
}

// phusluFile makes a writer for each run: its Close is what says that all is
// written.
func phusluFile(dir string, c column) (subject, error) {
	run := func(n int) (time.Duration, error) {
		w := &phuslu.AsyncWriter{ChannelSize: fileQueueSize, Writer: &phuslu.FileWriter{
			Filename: filepath.Join(dir, "app.log"), MaxSize: maxBytes, MaxBackups: backups,
			TimeFormat: "2006-01-02T15-04-05.000000000",
		}}
		log := phuslu.Logger{Level: phuslu.InfoLevel, Writer: w}
		start := time.Now()
		repeat(func() {
			log.Info().Str("path", "/api/v1/items/4711").Int("status", 502).Float64("load", 0.73).
				Dur("took", 1234567*time.Nanosecond).AnErr("err", errUpstream).Msg("request served")
		}, c.goroutines, n)
		err := w.Close()
		return time.Since(start), err
	}
	return subject{run: run, close: func() error { return nil }}, nil
}

func ringFile(dir string, c column, format sluice.Formatter) (subject, error) {
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy: rotate.Size{MaxBytes: maxBytes}, Retention: rotate.Keep{Backups: backups},
	})
	if err != nil {
		return subject{}, err
	}
	q := queue.NewRing(fileQueueSize, nil)
	h := sluice.NewHandler(sluice.NewBuffered(f, format, 0), nil)
	l := queue.NewListener(q, []queue.Destination{{Name: "file", Handler: h}}, nil)
	op := logOp(queue.NewHandler(q, &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{Name: "app.db"}}))
	return subject{
		run: func(n int) (time.Duration, error) {
			start := time.Now()
			if err := l.Start(); err != nil {
				return 0, err
			}
			repeat(op, c.goroutines, n)
			err := l.Stop(context.Background())
			return time.Since(start), err
		},
		close: func() error {
			err := errors.Join(q.Close(), h.Close(), f.Close())
			if st := q.Stats(); st.Delivered != st.Accepted {
				err = errors.Join(err, fmt.Errorf("not all delivered: %+v", st))
			}
			return err
		},
	}, nil
}
