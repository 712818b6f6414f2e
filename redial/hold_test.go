package redial_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice/redial"
)

func held(p *peer, h redial.Hold) (*redial.Conn, func() []string) {
	var mu sync.Mutex
	var told []string
	c := redial.New(p.dial, &redial.Options{Hold: &h, OnError: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err.Error())
	}})
	return c, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return told
	}
}

// TestHold: what is written while the peer is gone arrives when it is back, though
// nothing more is written.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{down: true}
		c, told := held(p, redial.Hold{})
		defer c.Close()
		for _, s := range []string{"a.", "b.", "c."} {
			write(t, c, s)
		}
		time.Sleep(2 * time.Second)
		if st := c.Stats(); st.Held != 3 || st.HeldBytes != 6 || st.Attempts != 2 {
			t.Errorf("stats %+v", st)
		}
		p.set(func() { p.down = false })
		time.Sleep(time.Second)
		synctest.Wait()
		if got := p.got(); !reflect.DeepEqual(got, []string{"a.b.c."}) {
			t.Errorf("the peer got %q", got)
		}
		if st := c.Stats(); st.Held != 0 || st.Written != 3 || !st.Connected {
			t.Errorf("stats %+v", st)
		}
		if n := len(told()); n != 2 {
			t.Errorf("told of %d attempts that failed, want 2: %q", n, told())
		}
	})
}

// TestReplay: after a reconnection the last frames come again, as many as fit.
func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		c, _ := held(p, redial.Hold{Replay: 8})
		defer c.Close()
		for i := range 6 {
			write(t, c, fmt.Sprintf("%d..", i))
		}
		synctest.Wait()
		p.conn(0).Close() // an error for the reader
		synctest.Wait()
		write(t, c, "6..")
		if synctest.Wait(); len(p.got()) != 1 {
			t.Error("a connection that was lost at once was made again at once")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := p.got(); !reflect.DeepEqual(got, []string{"0..1..2..3..4..5..", "4..5..6.."}) {
			t.Errorf("the peer got %q", got)
		}
		if st := c.Stats(); st.Written != 7 || st.Replayed != 2 || st.Held != 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

// TestReplayOfATriedWrite: what went with a write that failed is held and comes again,
// and is counted as such, since the peer may have it.
func TestReplayOfATriedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{stall: true, down: true}
		c, _ := held(p, redial.Hold{Replay: 8})
		defer c.Close()
		for i := range 6 {
			write(t, c, fmt.Sprintf("%d..", i))
		}
		p.set(func() { p.down = false })
		for len(p.got()) == 0 || !p.conn(0).isClosed() {
			time.Sleep(time.Second)
		}
		p.set(func() { p.stall = false })
		time.Sleep(time.Minute)
		if got := p.got(); !reflect.DeepEqual(got, []string{"0..1..2..3..4..5.", "0..1..2..3..4..5.."}) {
			t.Errorf("the peer got %q", got)
		}
		if st := c.Stats(); st.Written != 6 || st.Replayed != 5 || st.Held != 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

// TestReplayOfTheLast: the peer dies and nothing more is written: what it had not
// read is sent again all the same, but not for ever to a peer that closes each
// connection in good order.
func TestReplayOfTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		c, _ := held(p, redial.Hold{})
		defer c.Close()
		write(t, c, "last")
		synctest.Wait()
		for i := range 2 {
			close(p.conn(i).eof)
			time.Sleep(time.Hour)
		}
		if got := p.got(); !reflect.DeepEqual(got, []string{"last", "last"}) {
			t.Errorf("the peer got %q", got)
		}
		write(t, c, "next")
		time.Sleep(time.Hour)
		if got := p.got(); len(got) != 3 || got[2] != "lastnext" {
			t.Errorf("the peer got %q", got)
		}
	})
}

func TestHoldIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{down: true}
		c, _ := held(p, redial.Hold{Bytes: 10, Linger: 3 * time.Second})
		write(t, c, "12345")
		write(t, c, "67890")
		if _, err := c.Write([]byte("x")); !errors.Is(err, redial.ErrFull) {
			t.Errorf("the eleventh byte: %v", err)
		}
		if err := c.Flush(); !errors.Is(err, redial.ErrDown) {
			t.Errorf("Flush to nobody: %v", err)
		}
		start := time.Now()
		err := c.Close()
		if err == nil || !strings.Contains(err.Error(), "2 records") {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("Close took %v, want 3 s", took)
		}
		st := c.Stats()
		if st.Held != 0 || st.Dropped[redial.ReasonFull] != 1 || st.Dropped[redial.ReasonClosed] != 2 {
			t.Errorf("stats %+v", st)
		}
		if err := c.Close(); err != nil {
			t.Errorf("the second Close: %v", err)
		}
	})
}

// TestSlowPeer: a peer that takes a little of a large piece at a time is not cut
// off; one that takes nothing is, within the deadline, and no Write waits for it.
func TestSlowPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{stall: true}
		c, _ := held(p, redial.Hold{})
		defer c.Close()
		start := time.Now()
		write(t, c, strings.Repeat("x", 16)) // taken 8, 4, 2, 1, and then nothing
		write(t, c, "second")
		if took := time.Since(start); took != 0 {
			t.Errorf("Write waited %v", took)
		}
		time.Sleep(4500 * time.Millisecond)
		if len(p.got()) != 1 || p.conn(0).isClosed() {
			t.Fatal("a slow peer was cut off")
		}
		time.Sleep(time.Second)
		p.set(func() { p.stall = false })
		time.Sleep(10 * time.Second)
		got := p.got()
		if last := got[len(got)-1]; last != strings.Repeat("x", 16)+"second" {
			t.Errorf("the peer got %q", got)
		}
		for _, g := range got[:len(got)-1] {
			if !strings.HasPrefix(strings.Repeat("x", 16)+"second", g) {
				t.Errorf("something follows half of a frame: %q", g)
			}
		}
	})
}

// TestNothingIsLost: whatever happens to the connections, the peer has each frame,
// in order of its first arrival, and never a part of one in the middle.
func TestNothingIsLost(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			p := &peer{}
			c, _ := held(p, redial.Hold{Replay: 1 << 10})
			const frames = 400
			for i := range frames {
				write(t, c, fmt.Sprintf("%04d.", i))
				switch rnd.IntN(12) {
				case 0:
					p.set(func() { p.down = !p.down })
				case 1:
					p.set(func() { p.stall = !p.stall })
				case 2:
					p.set(func() { p.fail = !p.fail })
				case 3:
					p.set(func() {
						if n := len(p.conns); n > 0 {
							p.conns[n-1].Close()
						}
					})
				case 4:
					c.Drop()
				}
				time.Sleep(time.Duration(rnd.IntN(700)) * time.Millisecond)
			}
			p.set(func() { p.down, p.stall, p.fail = false, false, false })
			time.Sleep(time.Minute)
			if st := c.Stats(); st.Written != frames || st.Held != 0 || len(st.Dropped) > 0 {
				t.Errorf("seed %d: stats %+v", seed, st)
			}
			if err := c.Close(); err != nil {
				t.Errorf("seed %d: Close: %v", seed, err)
			}
			next := 0
			for _, g := range p.got() {
				whole := g[:len(g)/5*5]
				for i := 0; i < len(whole); i += 5 {
					var n int
					if _, err := fmt.Sscanf(whole[i:i+5], "%04d.", &n); err != nil || n > next {
						t.Fatalf("seed %d: %q where frame %d or an earlier one was due", seed, whole[i:i+5], next)
					}
					if n == next {
						next++
					}
				}
			}
			if next != frames {
				t.Errorf("seed %d: %d frames arrived", seed, next)
			}
		})
	}
}
