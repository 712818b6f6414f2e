package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/DeRuina/timberjack"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/sluicelog/sluice/rotate"
)

// pauser is a contender of the suite pause: its file, and what it names archives.
type pauser struct {
	open    fileOpener
	archive string // "": it does not compress
}

// pause compares how long the one Write takes that rolls a file over.
func pause(o options) suite {
	row := func(name string, p pauser) contender {
		return contender{name, func(c column) (subject, error) { return p.subject(c.dir) }}
	}
	s := suite{
		name:  "pause",
		title: "The Write that rolls over",
		note: "A file of 10 MiB, just written, and five backups kept: one Write rolls it over, and only that is on the clock. " +
			"Backups are compressed before the next one is made. Ten in each round, of which the median counts.",
		base:    "lumberjack",
		columns: places(o),
		single:  true,
		contenders: []contender{
			row("rotate.File", pauser{open: openRotate}),
			row("rotate.File, gzip", pauser{openRotateGzip, ".gz"}),
			row("lumberjack", pauser{open: openLumberjack}),
			row("lumberjack, gzip", pauser{openLumberjackGzip, ".gz"}),
			row("timberjack", pauser{open: openTimberjack}),
			row("timberjack, gzip", pauser{openTimberjackGzip, ".gz"}),
		},
	}
	for _, c := range s.columns {
		if c.name != "disk" {
			continue // in memory there is not much to be late for
		}
		this := cell{"rotate.File", c.name}
		s.goals = append(s.goals,
			goal{this, cell{"lumberjack", c.name}, 0.35},
			goal{this, cell{"timberjack", c.name}, 1.2},
			goal{cell{"rotate.File, gzip", c.name}, this, 1.1})
	}
	return s
}

func openRotateGzip(path string) (io.WriteCloser, error) {
	return rotate.Open(path, &rotate.Options{
		Policy:    rotate.Size{MaxBytes: maxBytes},
		Retention: rotate.Keep{Backups: backups},
		Compress:  rotate.Gzip(),
	})
}

func openLumberjackGzip(path string) (io.WriteCloser, error) {
	return &lumberjack.Logger{Filename: path, MaxSize: maxMegabytes, MaxBackups: backups, Compress: true}, nil
}

func openTimberjackGzip(path string) (io.WriteCloser, error) {
	return &timberjack.Logger{Filename: path, MaxSize: maxMegabytes, MaxBackups: backups, Compression: "gzip"}, nil
}

// subject rolls the contender's file over once for each operation.
func (p pauser) subject(dir string) (subject, error) {
	dir, err := os.MkdirTemp(dir, "sluice-bench-")
	if err != nil {
		return subject{}, err
	}
	f, err := p.open(filepath.Join(dir, "app.log"))
	if err != nil {
		return subject{}, errors.Join(err, os.RemoveAll(dir))
	}
	const line = 200
	chunk := bytes.Repeat(append(bytes.Repeat([]byte("x"), line-1), '\n'), 300)
	size := 0 // of the file
	once := func() (time.Duration, error) {
		for size < maxBytes-line {
			n, err := f.Write(chunk[:min(len(chunk), (maxBytes-size-1)/line*line)])
			if err != nil {
				return 0, err
			}
			size += n
		}
		start := time.Now()
		_, err := f.Write(chunk[:2*line])
		took := time.Since(start)
		size = 2 * line
		return took, errors.Join(err, p.settle(dir))
	}
	for range backups + 1 {
		if _, err := once(); err != nil {
			return subject{}, errors.Join(err, f.Close(), os.RemoveAll(dir))
		}
	}
	return subject{
		run: func(n int) (total time.Duration, err error) {
			for range n {
				took, err := once()
				if err != nil {
					return 0, err
				}
				total += took
			}
			return total, nil
		},
		close: func() error { return errors.Join(f.Close(), removeAll(dir)) },
	}, nil
}

// settle waits until all backups are compressed and no more are there than are to
// be kept: it is not to go on beside the next contender's turn.
func (p pauser) settle(dir string) error {
	const patience = 10 * time.Second
	for start := time.Now(); time.Since(start) < patience; time.Sleep(time.Millisecond) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		plain, archives := 0, 0
		for _, e := range entries {
			switch name := e.Name(); {
			case name == "app.log", name == ".app.log.next.sluice": // the next one, ahead
			case p.archive != "" && strings.HasSuffix(name, p.archive) && !strings.HasPrefix(name, "."):
				archives++
			default:
				plain++
			}
		}
		if plain+archives <= backups && (p.archive == "" || plain == 0) {
			return nil
		}
	}
	return fmt.Errorf("%s: backups are still being tidied up after %v", dir, patience)
}
