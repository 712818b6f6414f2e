package spool

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
)

// producing is the environment variable that makes this test binary a producer.
const producing = "SLUICE_SPOOL_PRODUCES"

func TestMain(m *testing.M) {
	if dir := os.Getenv(producing); dir != "" {
		if err := produce(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// produce puts and flushes without end, from several goroutines, and prints each
// number whose Flush has returned.
func produce(dir string) error {
	s, err := Open(dir, &Options{SegmentBytes: 4096, OnError: func(err error) { fmt.Fprintln(os.Stderr, err) }})
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for p := range 4 {
		all.Go(func() {
			for i := 0; ; i++ {
				m := fmt.Sprintf("%d-%d-%d", os.Getpid(), p, i)
				err := s.Put(context.Background(), &sluice.Record{Message: m})
				if err == nil {
					err = s.Flush(context.Background())
				}
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(m)
			}
		})
	}
	all.Wait()
	return nil
}

// TestKill: of a producer that is killed at any moment, again and again, every
// record whose Flush had returned is there, once, and in order.
func TestKill(t *testing.T) {
	dir := newDir(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	var acked []string
	for range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), producing+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 1 + rnd.IntN(400); n > 0 && lines.Scan(); n-- {
			acked = append(acked, lines.Text())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it had printed before
			acked = append(acked, lines.Text())
		}
		_, _ = io.Copy(io.Discard, out)
		if cmd.Wait() == nil {
			t.Fatal("the producer ended by itself")
		}
	}
	// The last line of each may be cut; it is no number then.
	var told errorsTold
	s := open(t, dir, Options{OnError: told.add})
	got := map[string]int{}
	last := map[string]int{}
	for _, m := range drain(t, cursorOf(t, s, "a")) {
		got[m]++
		var pid, p, i int
		if _, err := fmt.Sscanf(m, "%d-%d-%d", &pid, &p, &i); err != nil {
			t.Fatal(err)
		}
		who := fmt.Sprint(pid, p)
		if was, ok := last[who]; ok && i != was+1 || !ok && i != 0 {
			t.Errorf("%q behind %d", m, was)
		}
		last[who] = i
	}
	for _, m := range acked {
		if got[m] != 1 {
			t.Errorf("%q is there %d times", m, got[m])
		}
	}
	if len(acked) < 20 || len(told.all()) > 0 {
		t.Errorf("%d acked, told %v", len(acked), told.all())
	}
}
