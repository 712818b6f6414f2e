package main

import (
	"bytes"
	"io"
	"os"

	"github.com/DeRuina/timberjack"
	phuslu "github.com/phuslu/log"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/sluicelog/sluice/rotate"
)

// The files that roll over do so at 10 MiB and keep five backups.
const (
	maxMegabytes = 10
	maxBytes     = maxMegabytes << 20
	backups      = 5
)

func openBare(path string) (io.WriteCloser, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
}

func openRotate(path string) (io.WriteCloser, error) {
	return rotate.Open(path, &rotate.Options{
		Policy:    rotate.Size{MaxBytes: maxBytes},
		Retention: rotate.Keep{Backups: backups},
	})
}

func openLumberjack(path string) (io.WriteCloser, error) {
	return &lumberjack.Logger{Filename: path, MaxSize: maxMegabytes, MaxBackups: backups}, nil
}

func openTimberjack(path string) (io.WriteCloser, error) {
	return &timberjack.Logger{Filename: path, MaxSize: maxMegabytes, MaxBackups: backups}, nil
}

func openPhuslu(path string) (io.WriteCloser, error) {
	return &phuslu.FileWriter{
		Filename: path, MaxSize: maxBytes, MaxBackups: backups,
		// Its own names have whole seconds: faster than that it would append to
		// the same file again.
		TimeFormat: "2006-01-02T15-04-05.000000000",
	}, nil
}

// writers compares rotating files as io.Writers.
func writers(o options) suite {
	line := append(bytes.Repeat([]byte("x"), 199), '\n')
	write := func(w io.Writer) func() { return func() { _, _ = w.Write(line) } }
	row := func(name string, open fileOpener) contender {
		return contender{name, func(c column) (subject, error) { return openIn(c, open, write) }}
	}
	s := suite{
		name:  "writers",
		title: "Rotating writers",
		note: "Lines of 200 bytes from 1, 8 and 64 goroutines, one Write each; rollover at 10 MiB, five backups kept, no fsync. " +
			"os.File does not roll over.",
		base:    "os.File",
		columns: fileColumns(o),
		contenders: []contender{
			row("os.File", openBare),
			row("rotate.File", openRotate),
			row("lumberjack", openLumberjack),
			row("timberjack", openTimberjack),
			row("phuslu FileWriter", openPhuslu),
		},
	}
	for _, c := range s.columns {
		this := cell{"rotate.File", c.name}
		switch c.goroutines {
		case 1:
			s.goals = append(s.goals, goal{this, cell{"os.File", c.name}, 1.05})
		case 8:
			s.goals = append(s.goals, goal{this, cell{"lumberjack", c.name}, 0.5})
		default:
			s.goals = append(s.goals, goal{this, cell{"lumberjack", c.name}, 0.25})
		}
	}
	return s
}
