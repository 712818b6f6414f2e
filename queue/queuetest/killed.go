package queuetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
)

// Produce is all that a program does which is to be killed: it puts records into q
// without end, from four goroutines, and prints the message of each for which Flush has
// returned. That is who put it and, behind a space, a number, which begins at 0. It
// returns q's first error, when the program has nothing more to do than to end.
func Produce(q queue.Queue) error {
	failed := make(chan error, 4)
	for p := range cap(failed) {
		go func() {
			for i := 0; ; i++ {
				m := fmt.Sprintf("%d-%d %d", os.Getpid(), p, i)
				err := q.Put(context.Background(), &sluice.Record{Message: m})
				if err == nil {
					err = q.Flush(context.Background())
				}
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(m)
			}
		}()
	}
	return <-failed
}

// Killed starts cmd and kills it when it has printed n lines, for which it has a minute.
// It gives all that it had printed by then: a line is one write.
func Killed(t testing.TB, cmd *exec.Cmd, n int) []string {
	t.Helper()
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	var lines []string
	scan := bufio.NewScanner(out)
	for len(lines) < n && scan.Scan() {
		lines = append(lines, scan.Text())
	}
	if len(lines) < n {
		t.Fatalf("%v ended by itself, or had to, after %d lines of %d: %v", cmd.Args, len(lines), n, cmd.Wait())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for scan.Scan() {
		lines = append(lines, scan.Text())
	}
	_ = cmd.Wait() // it was killed
	return lines
}

// Drain gets and acks what is there, and gives the messages.
func Drain(t testing.TB, g queue.Getter) []string {
	t.Helper()
	now, cancel := context.WithCancel(context.Background())
	cancel()
	var all []string
	for {
		b, err := g.Get(now, 1000)
		if errors.Is(err, context.Canceled) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, messages(b)...)
		ack(t, b, len(b.Records()))
	}
}

// Cursor gives q's cursor.
func Cursor(t testing.TB, q queue.Queue, name string) queue.Getter {
	t.Helper()
	g, err := q.Cursor(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
