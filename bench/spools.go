package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
	"github.com/sluicelog/sluice/rotate"
)

// spoolBatch is how many records a producer puts before it flushes.
const spoolBatch = 64

// spools compares batches of records that are put into a spool and flushed with
// batches of lines that are written to a rotating file.
func spools(o options, durable bool) suite {
	const file, queued = "rotate.File, WriteBatch", "spool, Put and Flush"
	s := suite{
		name:  "spool",
		title: "A queue on disk",
		note: fmt.Sprintf("An operation is %d records of two attributes that are put and then flushed, or as many lines of 200 bytes, which are there already, in one WriteBatch. "+
			"The spool drops the oldest of 64 MiB; the file rolls over.", spoolBatch),
		base: file,
		columns: slices.DeleteFunc(fileColumns(o), func(c column) bool {
			return c.goroutines == 1 || !strings.HasPrefix(c.name, "disk")
		}),
		contenders: []contender{
			{file, func(c column) (subject, error) { return openBatches(c, durable) }},
			{queued, inDir(func(dir string, c column) (subject, error) { return openSpool(dir, c, durable) })},
		},
	}
	if durable {
		s.name, s.title = "spool-durable", "A durable queue on disk"
		s.note += " All of it is on the disk when Flush, or WriteBatch, returns."
	}
	for _, c := range s.columns {
		s.goals = append(s.goals, goal{cell{queued, c.name}, cell{file, c.name}, 2})
	}
	return s
}

func openBatches(c column, durable bool) (subject, error) {
	lines := bytes.Repeat(append(bytes.Repeat([]byte("x"), 199), '\n'), spoolBatch)
	var ends []int
	for i := range spoolBatch {
		ends = append(ends, (i+1)*200)
	}
	open := func(path string) (io.WriteCloser, error) {
		return rotate.Open(path, &rotate.Options{
			Policy: rotate.Size{MaxBytes: maxBytes}, Retention: rotate.Keep{Backups: backups}, Durable: durable,
		})
	}
	return openFor(c, open, func(w io.Writer) func() {
		f := w.(*rotate.File)
		return func() { _, _ = f.WriteBatch(lines, ends) }
	}, slowOperation)
}

func openSpool(dir string, c column, durable bool) (subject, error) {
	q, err := spool.Open(filepath.Join(dir, "spool"), &spool.Options{MaxBytes: 64 << 20, Full: queue.DropOldest, Durable: durable})
	if err != nil {
		return subject{}, err
	}
	r := ownRecord()
	ctx := context.Background()
	s := slowOperation(c.goroutines, func() {
		for range spoolBatch {
			_ = q.Put(ctx, r)
		}
		_ = q.Flush(ctx)
	})
	s.close = func() error {
		// An operation drops errors: this one tells what they were.
		return errors.Join(q.Put(ctx, r), q.Flush(ctx), q.Close())
	}
	return s, nil
}

// behindSpool puts a spool between a receiver and h.
func behindSpool(dir string, h *sluice.Handler) (sluice.Emitter, func() error, error) {
	q, err := spool.Open(filepath.Join(dir, "spool"), nil)
	if err != nil {
		return nil, nil, err
	}
	l := queue.NewListener(q, []queue.Destination{{Name: "file", Handler: h}}, &queue.ListenerOptions{Retries: -1})
	if err := l.Start(); err != nil {
		return nil, nil, errors.Join(err, q.Close())
	}
	front := queue.NewHandler(q, &queue.HandlerOptions{HandlerOptions: sluice.HandlerOptions{Level: sluice.NotSet}})
	return front, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return l.Shutdown(ctx)
	}, nil
}
