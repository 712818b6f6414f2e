package natsqueue

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// line is a way to a server that can fall silent: what is sent is no longer read, and
// nobody closes anything.
type line struct {
	net.Listener
	mute chan struct{}
	all  sync.WaitGroup
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &line{Listener: l, mute: make(chan struct{})}
	w.all.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			t.Cleanup(func() { _, _ = near.Close(), far.Close() })
			_ = near.(*net.TCPConn).SetReadBuffer(4096)
			w.all.Go(func() { w.pass(far, near) })
			w.all.Go(func() { w.pass(near, far) })
		}
	})
	t.Cleanup(w.all.Wait)
	t.Cleanup(func() { _ = l.Close() })
	return w
}

// pass passes on what comes, until it is mute.
func (w *line) pass(to io.Writer, from io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		select {
		case <-w.mute:
			return
		default:
		}
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// TestMute: a server that takes nothing more and says nothing more is left for another
// one, also with a large batch on its way.
func TestMute(t *testing.T) {
	c := three(t)
	w := newLine(t, strings.TrimPrefix(c[0].ClientURL(), "nats://"))
	var errs told
	q := impatient(t, "nats://"+w.Addr().String(), Options{OnError: errs.add, Replicas: 3, BatchBytes: 64 << 10})
	putEach(t, q, 0, 1)
	until(t, "it knows of the other servers", func() bool { return len(q.conn.Servers()) > 1 })
	close(w.mute)
	_ = w.Close()
	large := usual()
	large.Message = strings.Repeat("x", 800<<10)
	if err := q.Put(t.Context(), large); err != nil {
		t.Fatal(err)
	}
	flush(t, q)
	expect(t, take(t, cursorOf(t, q, "a"), 2), []string{"message 0", large.Message})
}
