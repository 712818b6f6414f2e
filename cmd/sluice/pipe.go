package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/charset/charname"
	"github.com/sluicelog/sluice/rotate"
)

type pipeCmd struct {
	File     string `arg:"" help:"The file to write." placeholder:"FILE"`
	Encoding string `help:"The file's encoding, by any of Python's names; the input is UTF-8." placeholder:"NAME"`
	Errors   string `help:"What becomes of a character that the encoding has not: strict (its line is refused), ignore, replace, backslashreplace, xmlcharrefreplace, namereplace, surrogateescape." placeholder:"POLICY"`
	Ack      bool   `help:"Print each line's number to standard output, on a line of its own, when it is written."`

	rotation
}

// Help is the command's longer help.
func (*pipeCmd) Help() string {
	return `Every line is written whole into one file; the last one gets its newline if it has none. A
line over 1 MiB is written in pieces. What the disk refuses is dropped, counted and reported,
or with --hold written when it recovers.
SIGHUP opens the file anew, for logrotate.`
}

const (
	maxLine   = 1 << 20
	pipeQuiet = 200 * time.Millisecond // how long standard input must be quiet, after a signal, to be read to its end
)

// Run copies standard input until it ends, or until a signal came and what had
// been written to it is read.
func (p *pipeCmd) Run(w world) error {
	outliveReaders()
	o, err := p.options()
	if err != nil {
		return err
	}
	encoder, err := p.encoder()
	if err != nil {
		return err
	}
	if encoder != nil {
		o.Header = encoder.BOM()
		end, err := encoder.AppendEncode(nil, o.LineEnd)
		if err != nil {
			return err
		}
		o.LineEnd = string(end)
	}
	report := func(err error) { fmt.Fprintf(w.stderr, "sluice: %v\n", err) }
	o.OnError = report
	f, err := rotate.Open(p.File, o)
	if err != nil {
		return err
	}
	if p.neverRolls() {
		report(fmt.Errorf("%s: --max-bytes without --backup-count: the file never rolls over", p.File))
	}
	stop := reopen(f, report)
	lines := &liner{f: f, encoder: encoder, stderr: w.stderr}
	if p.Ack {
		lines.acks = &acks{w: w.stdout}
	}
	err = lines.copy(w)
	stop()
	err = errors.Join(err, f.Close(), lines.acks.err())
	if lines.refused > 0 {
		err = errors.Join(err, fmt.Errorf("%d lines not written", lines.refused))
	}
	return err
}

// encoder gives what encodes the lines; nil: they are written as they are.
func (p *pipeCmd) encoder() (*charset.Encoder, error) {
	if p.Encoding == "" {
		if p.Errors != "" {
			return nil, usagef("--errors goes with --encoding")
		}
		return nil, nil
	}
	e, err := charset.Lookup(p.Encoding)
	if err != nil {
		return nil, usagef("--encoding: %w", err)
	}
	policy := charset.Strict
	if p.Errors != "" {
		policy = charset.ErrorPolicy(p.Errors)
	}
	if err := policy.Check(); err != nil {
		return nil, usagef("--errors: %w", err)
	}
	return charset.NewEncoder(e, policy, charname.Of), nil
}

// chunk is what one read of standard input gave.
type chunk struct {
	data []byte
	err  error
}

// liner cuts what it is given into lines and writes them.
type liner struct {
	f       *rotate.File
	encoder *charset.Encoder // nil: none
	code    []byte           // lines, encoded, and where each ends
	codes   []int
	stderr  io.Writer
	buf     []byte // a line whose end has not come
	ends    []int
	refused int
	told    bool  // that lines are refused
	acks    *acks // nil: none
}

func (l *liner) copy(w world) error {
	// With room for one the reader ends though nobody listens any more.
	chunks, taken := make(chan chunk, 1), make(chan struct{})
	go func() {
		buf := make([]byte, 256<<10)
		for {
			n, err := w.stdin.Read(buf)
			chunks <- chunk{buf[:n], err}
			if err != nil {
				return
			}
			<-taken
		}
	}()
	signaled := w.ctx.Done()
	var quiet <-chan time.Time
	for {
		var c chunk
		select {
		case c = <-chunks:
		case <-signaled:
			// The program in front of the pipe got the signal as well, and may
			// have last words.
			signaled, quiet = nil, time.After(pipeQuiet)
			continue
		case <-quiet:
			select {
			case c = <-chunks: // it came in time, and was not looked at
			default:
				l.finish()
				return nil
			}
		}
		l.write(c.data)
		if c.err != nil {
			l.finish()
			if errors.Is(c.err, io.EOF) || errors.Is(c.err, os.ErrClosed) {
				return nil
			}
			return fmt.Errorf("read standard input: %w", c.err)
		}
		taken <- struct{}{}
		if quiet != nil {
			quiet = time.After(pipeQuiet)
		}
	}
}

// write writes the lines that data completes, in as few calls as there are files.
func (l *liner) write(data []byte) {
	l.buf = append(l.buf, data...)
	l.ends = l.ends[:0]
	start := 0
	for {
		i := bytes.IndexByte(l.buf[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
		l.ends = append(l.ends, start)
	}
	for len(l.buf)-start > maxLine {
		cut := start + maxLine
		for i := 0; i < utf8.UTFMax && !utf8.RuneStart(l.buf[cut]); i++ {
			cut-- // not inside of a character
		}
		start = cut
		l.ends = append(l.ends, start)
	}
	l.put(l.buf[:start])
	l.buf = append(l.buf[:0], l.buf[start:]...)
}

// finish writes a last line without an end.
func (l *liner) finish() {
	if len(l.buf) > 0 {
		l.buf = append(l.buf, '\n')
		l.ends = append(l.ends[:0], len(l.buf))
		l.put(l.buf)
		l.buf = l.buf[:0]
	}
}

// put writes the lines of p, which end at ends, past those that are refused.
func (l *liner) put(p []byte) {
	done := 0 // bytes written or given up
	for len(l.ends) > 0 {
		for i := range l.ends {
			l.ends[i] -= done
		}
		whole, err := l.batch(p)
		if err == nil {
			l.told = false
			l.acks.written(p, l.ends)
			return
		}
		if !l.told {
			fmt.Fprintf(l.stderr, "sluice: %v\n", err)
			l.told = true
		}
		l.acks.written(p, l.ends[:whole])
		l.ends = l.ends[whole:]
		if len(l.ends) == 0 {
			return
		}
		l.refused++
		done = l.ends[0]
		l.acks.refused(p[:done])
		l.ends, p = l.ends[1:], p[done:]
	}
}

// batch writes the lines of p, and gives how many were before one failed.
func (l *liner) batch(p []byte) (whole int, err error) {
	ends, bad := l.ends, error(nil)
	if l.encoder != nil {
		p, ends, bad = l.encode(p)
	}
	n, err := l.f.WriteBatch(p, ends)
	for whole < len(ends) && ends[whole] <= n {
		whole++
	}
	if err == nil {
		err = bad
	}
	return whole, err
}

// encode gives the code of the lines of p up to the first that has none.
func (l *liner) encode(p []byte) (code []byte, ends []int, err error) {
	l.code, l.codes = l.code[:0], l.codes[:0]
	start := 0
	for _, end := range l.ends {
		l.code, err = l.encoder.AppendEncode(l.code, string(p[start:end]))
		if err != nil {
			break
		}
		l.codes = append(l.codes, len(l.code))
		start = end
	}
	return l.code, l.codes, err
}
