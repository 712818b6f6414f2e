package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

type backoffRow struct {
	Attrs struct {
		RetryStart, RetryFactor, RetryMax *float64
		CloseOnError                      bool
	}
	Steps []struct {
		Ev              []any
		ConnectAttempts int `json:"connect_attempts"`
		Delivered       []string
		HandleError     []string
		SocketsClosed   int `json:"sockets_closed"`
		Connected       bool
		RetryAt         *float64 `json:"retry_at"`
	}
}

// runBackoff drives remote.NewSocket through the row's events in a bubble of
// synctest, whose clock stands still but for sleeping.
func runBackoff(t *testing.T, data []byte) (why string, err error) {
	var row backoffRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	synctest.Test(t, func(t *testing.T) { why, err = row.run() })
	return why, err
}

func (row *backoffRow) run() (string, error) {
	p := &scriptedPeer{up: true}
	reported := 0
	o := &remote.SocketOptions{CloseOnError: row.Attrs.CloseOnError}
	o.Dial, o.RetryFactor = p.dial, row.Attrs.RetryFactor
	o.RetryStart, o.RetryMax = seconds(row.Attrs.RetryStart), seconds(row.Attrs.RetryMax)
	o.OnError = func(context.Context, *sluice.Record, error) { reported++ }
	h, err := remote.NewSocket("localhost", new(9020), o)
	if err != nil {
		return "", err
	}
	defer h.Close()
	conn := remote.Of(h).Conn()
	start := time.Now()
	for i, step := range row.Steps {
		*p = scriptedPeer{up: p.up, broken: p.broken}
		reported = 0
		switch ev := step.Ev; ev[0] {
		case "at":
			// That the clock was set back is not seen: Go's time is monotonic, and
			// nobody waits longer for it.
			time.Sleep(time.Until(start.Add(*seconds(new(ev[1].(float64))))))
			continue
		case "server":
			p.up = ev[1] == "up"
			continue
		case "sends":
			p.broken = ev[1] == "fail"
			continue
		case "close":
			conn.Drop()
		case "emit":
			r := &sluice.Record{Level: sluice.Info, Message: ev[1].(string)}
			if len(ev) > 2 { // it cannot be formatted
				r.Attrs = []slog.Attr{slog.Any("x", tooDeep())}
			}
			_ = h.Emit(context.Background(), r)
			// CPython calls handleError only for what is not the socket's error, and
			// not if it closes the socket for it; here it is told of every record that
			// was not delivered, once (D11).
			if want := 1 - len(step.Delivered); reported != want {
				return "", fmt.Errorf("step %d: %d errors reported, want %d", i, reported, want)
			}
		default:
			return "", fmt.Errorf("step %d: unknown event %v", i, ev)
		}
		st := conn.Stats()
		got := fmt.Sprint(p.attempts, p.delivered, p.closed, st.Connected)
		if want := fmt.Sprint(step.ConnectAttempts, step.Delivered, step.SocketsClosed, step.Connected); got != want {
			return "", fmt.Errorf("step %d, %v: attempts, delivered, closed, connected: got %s, want %s", i, step.Ev, got, want)
		}
		switch {
		case step.RetryAt == nil && !st.RetryAt.IsZero():
			return "", fmt.Errorf("step %d, %v: waits until %v", i, step.Ev, st.RetryAt.Sub(start))
		case step.RetryAt != nil && math.Abs(st.RetryAt.Sub(start).Seconds()-*step.RetryAt) > 1e-6:
			return "", fmt.Errorf("step %d, %v: waits until %v, want %v", i, step.Ev, st.RetryAt.Sub(start), *step.RetryAt)
		}
	}
	return "", nil
}

func seconds(s *float64) *time.Duration {
	if s == nil {
		return nil
	}
	// To the microsecond, as floats have added up.
	return new(time.Duration(math.Round(*s*1e6)) * time.Microsecond)
}

// scriptedPeer counts what happens in a step.
type scriptedPeer struct {
	up, broken       bool
	attempts, closed int
	delivered        []string
}

func (p *scriptedPeer) dial(context.Context) (net.Conn, error) {
	p.attempts++
	if !p.up {
		return nil, errors.New("connection refused")
	}
	return &scriptedConn{peer: p, end: make(chan struct{})}, nil
}

// scriptedConn keeps the part of a net.Conn that is used.
type scriptedConn struct {
	net.Conn
	peer *scriptedPeer
	end  chan struct{}
}

func (c *scriptedConn) LocalAddr() net.Addr { return &net.TCPAddr{} }

func (c *scriptedConn) SetWriteDeadline(time.Time) error { return nil }

func (c *scriptedConn) Read([]byte) (int, error) {
	<-c.end
	return 0, net.ErrClosed
}

func (c *scriptedConn) Write(p []byte) (int, error) {
	if c.peer.broken {
		return 0, errors.New("broken pipe")
	}
	r, err := wire.Pickle{}.ParseRecord(bytes.Clone(p[4:]))
	if err != nil {
		return 0, err
	}
	c.peer.delivered = append(slices.Clip(c.peer.delivered), r.Message)
	return len(p), nil
}

func (c *scriptedConn) Close() error {
	c.peer.closed++
	close(c.end)
	return nil
}

// tooDeep is a value that has no pickle.
func tooDeep() any {
	var v any
	for range 2000 {
		v = pyval.Tuple{v}
	}
	return v
}
