package conformance

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

type maliciousRow struct {
	Expect, Framing, Then string
	Parts                 []struct {
		B64    []byte
		Repeat int
	}
	MaxAllocMB float64 `json:"max_alloc_mb"`
	MaxSeconds float64 `json:"max_seconds"`
}

func (r maliciousRow) stream() []byte {
	var out []byte
	for _, p := range r.Parts {
		out = append(out, bytes.Repeat(p.B64, p.Repeat)...)
	}
	return out
}

// pwned is the file that the hostile streams would make if they were run.
const pwned = "/tmp/pwned"

// runMalicious feeds a hostile stream to a receiver: a pickle to package wire, and
// what is a whole connection to a receive.Server on a real socket, on which another
// connection must be served all the same.
func runMalicious(t *testing.T, data []byte) (string, error) {
	var row maliciousRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	if _, err := os.Lstat(pwned); err == nil {
		return "", errors.New(pwned + " is there already")
	}
	stream := row.stream()
	var err error
	switch row.Framing {
	case "pickle":
		err = row.parse(stream)
	case "stream":
		err = row.serve(t, stream)
	default:
		err = fmt.Errorf("unknown framing %q", row.Framing)
	}
	if _, serr := os.Lstat(pwned); serr == nil {
		err = errors.New("the stream was run: " + pwned + " is there")
	}
	return "", err
}

// parse parses a pickle, and uses the record if there is one.
func (r maliciousRow) parse(data []byte) error {
	return r.bounded(len(data), func() error {
		rec, err := wire.Pickle{}.ParseRecord(data)
		if rec == nil {
			return r.judge(err)
		}
		return errors.Join(r.judge(err), use(rec))
	})
}

// judge compares the outcome of one frame with what is expected.
func (r maliciousRow) judge(err error) error {
	switch r.Expect {
	case "refused":
		if err == nil {
			return errors.New("not refused")
		}
	case "bounded":
		return err
	case "ok_or_refused", "opaque_or_refused", "bounded_or_refused":
	default:
		return fmt.Errorf("unknown expectation %q", r.Expect)
	}
	return nil
}

// use does with a record what its receiver does: formats it, also all that came.
func use(r *sluice.Record) error {
	for _, f := range []sluice.Formatter{sluice.NewLogfmt(nil), sluice.NewJSON(nil)} {
		line, err := f.AppendRecord(nil, r)
		if err != nil {
			return err
		}
		if n := bytes.Count(line, []byte("\n")); n > 1 || n == 1 && line[len(line)-1] != '\n' {
			return fmt.Errorf("%T writes more than one line", f)
		}
		if _, ok := f.(*sluice.JSON); ok && !json.Valid(line) {
			return fmt.Errorf("not JSON: %.200s", line)
		}
	}
	attributes := wire.Attributes(r.Clone())
	_ = pyval.Repr(attributes)
	_ = pyval.Equal(attributes, wire.Attributes(r))
	return nil
}

// bounded runs do within the row's bounds for an input of n bytes. The seconds are those
// that processors have worked: others may be busy, too.
func (r maliciousRow) bounded(n int, do func() error) error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := worked()
	err := do()
	took := worked() - start
	runtime.ReadMemStats(&after)
	if took.Seconds() > r.MaxSeconds {
		return fmt.Errorf("took %s, the bound is %v s (%v)", took, r.MaxSeconds, err)
	}
	// All that was allocated is more than what was ever in use at once.
	if mb := (float64(after.TotalAlloc-before.TotalAlloc) - float64(n)) / (1 << 20); mb > r.MaxAllocMB {
		return fmt.Errorf("allocated %.1f MiB beyond the input, the bound is %v (%v)", mb, r.MaxAllocMB, err)
	}
	return err
}

// serve sends stream on a connection of its own and looks at what a server makes of
// it.
func (r maliciousRow) serve(t *testing.T, stream []byte) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	got := new(emittest.Recorder)
	refused := make(chan *receive.Error, 4096)
	s := receive.NewServer(got, wire.Pickle{}, &receive.Options{
		FrameTimeout: r.frameTimeout(),
		OnError:      func(e *receive.Error) { refused <- e },
	})
	ended := make(chan error, 1)
	go func() { ended <- s.ServeSocket(l) }()
	defer func() {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, receive.ErrServerClosed) {
			t.Error(err)
		}
	}()
	return r.bounded(len(stream), func() error {
		if err := r.converse(l.Addr().String(), stream); err != nil {
			return err
		}
		return r.judgeServer(got, refused)
	})
}

// patience is how long what must happen may take before a test fails. Nothing waits so
// long for something that does.
const patience = 2 * time.Minute

// frameTimeout is short where the server is to end a connection by it, and nothing is cut
// by it elsewhere.
func (r maliciousRow) frameTimeout() time.Duration {
	if r.Then == "hang" {
		return time.Second
	}
	return patience
}

// converse sends the row's stream, and a good frame on another connection.
func (r maliciousRow) converse(addr string, stream []byte) error {
	limit := time.Now().Add(patience)
	conn, err := dial(addr, limit)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The server may have ended the connection before all was sent.
	_, _ = conn.Write(stream)
	good, err := dial(addr, limit)
	if err != nil {
		return err
	}
	defer good.Close()
	if _, err := good.Write(goodFrame); err != nil {
		return err
	}
	if err := untilEnd(good); err != nil {
		return fmt.Errorf("the other connection: %w", err)
	}
	if r.Then == "hang" {
		// The server has to end it.
		_, err := conn.Read(make([]byte, 1))
		if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
			return errors.New("the connection is still open")
		}
		return nil
	}
	_ = untilEnd(conn)
	return nil
}

func dial(addr string, limit time.Time) (*net.TCPConn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), c.SetDeadline(limit)
}

// untilEnd ends the sending side and waits for the server to end the other.
func untilEnd(c *net.TCPConn) error {
	if err := c.CloseWrite(); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, c)
	return err
}

// goodMessage marks the record of the other connection: }X"msg"X"…"s. in a frame.
const goodMessage = "the other connection is served"

var goodFrame = func() []byte {
	p := append([]byte("}X\x03\x00\x00\x00msgX\x1e\x00\x00\x00"), goodMessage+"s."...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...)
}()

func (r maliciousRow) judgeServer(got *emittest.Recorder, refused chan *receive.Error) error {
	others, good := 0, 0
	for _, rec := range got.Records() {
		if rec.Message == goodMessage {
			good++
		} else {
			others++
		}
	}
	if good != 1 {
		return fmt.Errorf("%d records of the other connection", good)
	}
	errs := len(refused)
	switch r.Expect {
	case "first_ok_then_refused":
		if others != 1 || errs != 1 {
			return fmt.Errorf("%d records and %d errors, want one of each", others, errs)
		}
	case "refused":
		if others > 0 || errs == 0 {
			return fmt.Errorf("%d records and %d errors, want no record and an error", others, errs)
		}
	case "bounded":
		if others != 1 || errs > 0 {
			return fmt.Errorf("%d records and %d errors, want one record", others, errs)
		}
	default:
		if others+errs == 0 {
			return errors.New("neither a record nor an error")
		}
	}
	return nil
}
