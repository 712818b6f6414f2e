package writer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
)

// target is an open file of a contender.
type target interface {
	io.WriteCloser
	Roll() error
	Stats() Stats
}

// Child is the process: args are the Spec.
func Child(args []string) error {
	var s Spec
	if len(args) != 1 {
		return fmt.Errorf("%d arguments", len(args))
	}
	if err := json.Unmarshal([]byte(args[0]), &s); err != nil {
		return err
	}
	runtime.LockOSThread() // strace counts the calls of each thread
	c := &child{spec: s, out: os.Stdout}
	t, err := open(s)
	c.end("", err)
	if err == nil {
		c.target = t
		err = c.serve(os.Stdin)
	}
	return err
}

// child obeys.
type child struct {
	spec   Spec
	target target
	mu     sync.Mutex
	out    io.Writer
}

// say writes one answer, at once and whole.
func (c *child) say(format string, args ...any) {
	line := fmt.Appendf(nil, format+"\n", args...)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.out.Write(line)
}

// end says that the command is done.
func (c *child) end(text string, err error) {
	if err != nil {
		c.say("! %s", strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	c.say("= %s", text)
}

func (c *child) stats() string {
	text, err := json.Marshal(c.target.Stats())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (c *child) serve(in io.Reader) error {
	orders := bufio.NewScanner(in)
	for orders.Scan() {
		var first, n, pause int
		verb, rest, _ := strings.Cut(orders.Text(), " ")
		switch verb {
		case "write":
			if _, err := fmt.Sscan(rest, &first, &n, &pause); err != nil {
				return err
			}
			c.write(first, n, time.Duration(pause)*time.Microsecond)
			c.end("", nil)
		case "roll":
			c.end("", c.target.Roll())
		case "stats":
			c.end(c.stats(), nil)
		case "close":
			err := c.target.Close()
			c.end(c.stats(), err)
			return nil
		default:
			return fmt.Errorf("order %q", orders.Text())
		}
	}
	return orders.Err()
}

// write writes lines; with several writers the lines are dealt out.
func (c *child) write(first, n int, pause time.Duration) {
	writers := c.spec.Writers
	if writers <= 1 {
		c.share(first, first+n, 1, pause)
		return
	}
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() { c.share(first+w, first+n, writers, pause) })
	}
	all.Wait()
}

// share writes every so many of the lines.
func (c *child) share(seq, end, step int, pause time.Duration) {
	var line []byte
	for done := 1; seq < end; seq, done = seq+step, done+1 {
		line = balance.AppendLine(line[:0], balance.ID{Producer: c.spec.Producer, Seq: seq}, size(c.spec.Line, seq))
		if _, err := c.target.Write(line); err != nil {
			c.say("- %d", seq)
		} else {
			c.say("+ %d", seq)
		}
		if pause > 0 && done%16 == 0 {
			time.Sleep(pause)
		}
	}
}

// size is the length of a line: between half of most and most, and not always the
// same, so that pieces do not fit by chance.
func size(most, seq int) int { return most - seq*7919%(most/2+1) }
