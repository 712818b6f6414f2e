package main

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sluicelog/sluice/rotate"
)

// syncedFile is what a program does by itself that wants its lines on the disk.
type syncedFile struct{ *os.File }

func (f syncedFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if err != nil {
		return n, err
	}
	return n, f.Sync()
}

func openSynced(path string) (io.WriteCloser, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	return syncedFile{f}, err
}

func openDurable(path string) (io.WriteCloser, error) {
	return rotate.Open(path, &rotate.Options{
		Policy:    rotate.Size{MaxBytes: maxBytes},
		Retention: rotate.Keep{Backups: backups},
		Durable:   true,
	})
}

// durable compares lines that are on the disk when Write returns.
func durable(o options) suite {
	line := append(bytes.Repeat([]byte("x"), 199), '\n')
	write := func(w io.Writer) func() { return func() { _, _ = w.Write(line) } }
	row := func(name string, open fileOpener) contender {
		return contender{name, func(c column) (subject, error) { return openFor(c, open, write, slowOperation) }}
	}
	s := suite{
		name:  "durable",
		title: "Durable lines",
		note: "Lines of 200 bytes from 1, 8 and 64 goroutines, on the disk when Write returns. " +
			"os.File + Sync calls Sync after each Write and does not roll over; no peer offers more.",
		base:       "os.File + Sync",
		columns:    slices.DeleteFunc(fileColumns(o), func(c column) bool { return !strings.HasPrefix(c.name, "disk") }),
		contenders: []contender{row("os.File + Sync", openSynced), row("rotate.File, Durable", openDurable)},
	}
	limits := map[int]float64{1: 1.05, 8: 1 / 1.6, 64: 0.1}
	for _, c := range s.columns {
		s.goals = append(s.goals, goal{cell{"rotate.File, Durable", c.name}, cell{"os.File + Sync", c.name}, limits[c.goroutines]})
	}
	return s
}
