package redial_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice/redial"
)

func write(t *testing.T, c *redial.Conn, s string) {
	t.Helper()
	if n, err := c.Write([]byte(s)); n != len(s) || err != nil {
		t.Errorf("Write(%q): %d, %v", s, n, err)
	}
}

// TestBackoff: attempts are made when a frame comes and the wait is over: 1 s, 2 s
// and so on up to 30 s, and at once again after a success.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{down: true}
		c := redial.New(p.dial, nil)
		defer c.Close()
		start := time.Now()
		for range 125 {
			if _, err := c.Write([]byte("x")); !errors.Is(err, redial.ErrDown) {
				t.Fatalf("Write while nobody listens: %v", err)
			}
			time.Sleep(time.Second)
		}
		var at []int
		for _, d := range p.dials {
			at = append(at, int(d.Sub(start)/time.Second))
		}
		if want := []int{0, 1, 3, 7, 15, 31, 61, 91, 121}; !reflect.DeepEqual(at, want) {
			t.Errorf("attempts at %v, want %v", at, want)
		}
		_, err := c.Write([]byte("x"))
		if err == nil || !strings.Contains(err.Error(), "next attempt in 26s") || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("the error does not say how long and why: %v", err)
		}
		p.set(func() { p.down = false })
		time.Sleep(30 * time.Second)
		write(t, c, "back")
		st := c.Stats()
		if !st.Connected || !st.RetryAt.IsZero() || st.Written != 1 || st.Dropped[redial.ReasonDown] != 126 {
			t.Errorf("stats %+v", st)
		}
		p.set(func() { p.down = true })
		p.conn(0).Close()
		synctest.Wait()
		if _, err := c.Write([]byte("x")); !errors.Is(err, redial.ErrDown) {
			t.Errorf("Write to nobody: %v", err)
		}
		if wait := time.Until(c.Stats().RetryAt); wait != time.Second {
			t.Errorf("waits %v after a success, want 1 s again", wait)
		}
	})
}

// TestNoHalfFrameIsContinued: a connection on which a frame was cut has nothing
// behind it.
func TestNoHalfFrameIsContinued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		c := redial.New(p.dial, nil)
		defer c.Close()
		write(t, c, "one.")
		p.set(func() { p.stall = true })
		start := time.Now()
		if _, err := c.Write([]byte("two.")); err == nil {
			t.Error("half a frame is no error")
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v, want the deadline of 1 s", took)
		}
		if !p.conn(0).isClosed() {
			t.Error("the connection is open")
		}
		p.set(func() { p.stall = false })
		write(t, c, "three.")
		if got := p.got(); !reflect.DeepEqual(got, []string{"one.tw", "three."}) {
			t.Errorf("the peer got %q", got)
		}
		if st := c.Stats(); st.Written != 2 || st.Dropped[redial.ReasonCut] != 1 {
			t.Errorf("stats %+v", st)
		}
	})
}

// TestPeerThatCloses: a frame is not thrown after a connection that the peer has
// closed.
func TestPeerThatCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		c := redial.New(p.dial, nil)
		defer c.Close()
		for i, s := range []string{"a", "b", "c"} {
			write(t, c, s)
			close(p.conn(i).eof)
			synctest.Wait()
		}
		if got := p.got(); !reflect.DeepEqual(got, []string{"a", "b", "c"}) {
			t.Errorf("the peer got %q", got)
		}
	})
}

func TestDropAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		c := redial.New(p.dial, nil)
		c.Drop()
		write(t, c, "a")
		c.Drop()
		write(t, c, "b")
		for range 2 {
			if err := c.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if _, err := c.Write([]byte("c")); !errors.Is(err, redial.ErrClosed) {
			t.Errorf("Write after Close: %v", err)
		}
		if got := p.got(); !reflect.DeepEqual(got, []string{"a", "b"}) {
			t.Errorf("the peer got %q", got)
		}
	})
}

// TestCloseEndsDialing: Close does not wait for a dial that takes its time.
func TestCloseEndsDialing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := redial.New(func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, &redial.Options{DialTimeout: time.Hour})
		written := make(chan error)
		go func() {
			_, err := c.Write([]byte("x"))
			written <- err
		}()
		synctest.Wait()
		start := time.Now()
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-written; !errors.Is(err, redial.ErrDown) || time.Since(start) > 0 {
			t.Errorf("after %v Write gave %v", time.Since(start), err)
		}
	})
}

// TestConcurrentWriters: each frame is whole, under any number of writers.
func TestConcurrentWriters(t *testing.T) {
	p := &peer{}
	c := redial.New(p.dial, nil)
	defer c.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				write(t, c, "<frame>")
			}
		})
	}
	wg.Wait()
	if got := p.got(); len(got) != 1 || got[0] != strings.Repeat("<frame>", 800) {
		t.Errorf("the peer got %q", got)
	}
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, hold := range []*redial.Hold{nil, {}} {
		p := &peer{}
		c := redial.New(p.dial, &redial.Options{Hold: hold})
		write(t, c, "x")
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched() // a leak hangs here
	}
}
