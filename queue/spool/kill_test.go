package spool

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/sluicelog/sluice/queue/queuetest"
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

func produce(dir string) error {
	s, err := Open(dir, &Options{SegmentBytes: 4096, OnError: func(err error) { fmt.Fprintln(os.Stderr, err) }})
	if err != nil {
		return err
	}
	return queuetest.Produce(s)
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
		acked = append(acked, queuetest.Killed(t, cmd, 1+rnd.IntN(400))...)
	}
	var told errorsTold
	s := open(t, dir, Options{OnError: told.add})
	got := map[string]int{}
	last := map[string]int{}
	for _, m := range drain(t, cursorOf(t, s, "a")) {
		got[m]++
		var who string
		var i int
		if _, err := fmt.Sscan(m, &who, &i); err != nil {
			t.Fatal(err)
		}
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
