package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

type syslogRow struct {
	Call      string
	Args      []json.RawMessage
	Script    [][]json.RawMessage
	Transport string
	Config    syslogConfig
	Records   []json.RawMessage
	Expect    struct {
		Value       any
		Error       string
		Datagrams   [][]byte
		Connections [][]byte
		Errors      []*string
		After       struct{ SockType string }
	}
}

type syslogConfig struct {
	Facility    *json.RawMessage
	SockType    string
	Ident       string
	AppendNUL   *bool `json:"append_nul"`
	Fmt         string
	DateFmt     string
	Style       sluice.Style
	PriorityMap map[string]string `json:"priority_map"`
}

// runSyslogPackets calls the table that the row names, or sends its records, or
// plays its script.
func runSyslogPackets(t *testing.T, data []byte) (string, error) {
	var row syslogRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	switch {
	case row.Call != "":
		return "", row.call()
	case row.Script != nil:
		return "", playSyslog(t, row.Script)
	}
	return row.send(t)
}

func (row *syslogRow) call() error {
	var got any
	var err error
	switch row.Call {
	case "encodePriority":
		var f wire.Facility
		var s wire.Severity
		if err = json.Unmarshal(row.Args[0], &f); err == nil {
			var name string
			if json.Unmarshal(row.Args[1], &name) == nil {
				s, err = wire.ParseSeverity(name)
			} else {
				err = json.Unmarshal(row.Args[1], &s)
			}
		}
		got = float64(wire.EncodePriority(f, s))
	case "mapPriority":
		var name string
		if err := json.Unmarshal(row.Args[0], &name); err != nil {
			return err
		}
		got = new(wire.Syslog).MapPriority(name)
	default:
		return fmt.Errorf("unknown call %q", row.Call)
	}
	switch {
	case err != nil && row.Expect.Error == "":
		return err
	case row.Expect.Error != "" && err == nil:
		return fmt.Errorf("got %v, want %s", got, row.Expect.Error)
	case err == nil && got != row.Expect.Value:
		return fmt.Errorf("got %v, want %v", got, row.Expect.Value)
	}
	return nil
}

// options makes options of the configuration, in which a stream is wanted.
func (c *syslogConfig) options(stream bool) (*remote.SysLogOptions, error) {
	o := &remote.SysLogOptions{Syslog: wire.Syslog{Ident: c.Ident, AppendNUL: c.AppendNUL, PriorityMap: c.PriorityMap}}
	o.Level, o.Timeout = sluice.NotSet, patience
	o.OnError = func(context.Context, *sluice.Record, error) {}
	if stream {
		o.SockType = remote.SockStream
	}
	switch c.SockType {
	case "":
	case "default":
		o.SockType = remote.SockAny
	default:
		if err := o.SockType.UnmarshalText([]byte(c.SockType)); err != nil {
			return nil, err
		}
	}
	if c.Facility != nil {
		o.Facility = new(wire.Facility)
		if err := json.Unmarshal(*c.Facility, o.Facility); err != nil {
			return nil, err
		}
	}
	format := c.Fmt
	if format == "" {
		format = "%(message)s"
	}
	var err error
	o.Formatter, err = sluice.NewFormatter(format, &sluice.FormatterOptions{Style: c.Style, DateFmt: c.DateFmt, UTC: true})
	return o, err
}

func (row *syslogRow) send(t *testing.T) (string, error) {
	d := newSyslogDaemon(t)
	defer d.close()
	stream := row.Transport == "tcp" || row.Transport == "unix-stream"
	host, port, err := d.listen(row.Transport)
	if err != nil {
		return "", err
	}
	o, err := row.Config.options(stream)
	var h *sluice.Handler
	if err == nil {
		h, err = remote.NewSysLog(host, port, o)
	}
	if err != nil {
		// A facility that nobody knows is an error of the constructor instead of
		// each record: nothing is sent either way.
		for _, e := range row.Expect.Errors {
			if e == nil {
				return "", err
			}
		}
		return "", d.expect(stream, nil)
	}
	for i, raw := range row.Records {
		err := emitTyped(h, raw)
		if want := row.Expect.Errors[i]; (err != nil) != (want != nil) {
			return "", fmt.Errorf("record %d: error %v, want %v", i, err, want)
		}
	}
	want := row.Expect.Datagrams
	if stream {
		want = row.Expect.Connections
	}
	if err := h.Close(); err != nil {
		return "", err
	}
	if stream && (row.Config.AppendNUL == nil || *row.Config.AppendNUL) && sentNUL(row) {
		// D9: a delimiter inside of a message is escaped.
		for i := range want {
			want[i] = escapeInner(want[i])
		}
		return "D9", d.expect(stream, want)
	}
	return "", d.expect(stream, want)
}

// sentNUL says that a message of the row holds a NUL.
func sentNUL(row *syslogRow) bool {
	for _, raw := range row.Records {
		if bytes.Contains(raw, []byte(`\u0000`)) {
			return true
		}
	}
	return strings.Contains(row.Config.Ident+row.Config.Fmt, "\x00")
}

// escapeInner escapes each NUL that no message of CPython's follows.
func escapeInner(p []byte) []byte {
	var out []byte
	for i, c := range p {
		if c == 0 && i+1 < len(p) && p[i+1] != '<' {
			out = append(out, "#000"...)
		} else {
			out = append(out, c)
		}
	}
	return out
}

// emitTyped emits the record of a row, or gives the error of its message.
func emitTyped(h *sluice.Handler, raw json.RawMessage) error {
	var v typedValue
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	r, err := recordOf(v.dict())
	if err != nil {
		return err
	}
	return h.Emit(context.Background(), r)
}

// syslogDaemon takes what is sent, over one socket of any kind.
type syslogDaemon struct {
	dir    string
	path   string // of a Unix socket
	stream net.Listener
	packet net.PacketConn
}

func newSyslogDaemon(t *testing.T) *syslogDaemon {
	t.Helper()
	// t.TempDir would be one for each of some hundred rows, until the test ends.
	dir, err := os.MkdirTemp("", "syslog")
	if err != nil {
		t.Fatal(err)
	}
	return &syslogDaemon{dir: dir, path: filepath.Join(dir, "log")}
}

func (d *syslogDaemon) listen(transport string) (host string, port *int, err error) {
	switch transport {
	case "tcp":
		d.stream, err = net.Listen("tcp", "127.0.0.1:0")
	case "unix-stream":
		d.stream, err = net.Listen("unix", d.path)
	case "udp":
		d.packet, err = net.ListenPacket("udp", "127.0.0.1:0")
	case "udp6":
		d.packet, err = net.ListenPacket("udp", "[::1]:0")
	case "unix-dgram":
		d.packet, err = net.ListenPacket("unixgram", d.path)
	default:
		err = fmt.Errorf("unknown transport %q", transport)
	}
	if err != nil {
		return "", nil, err
	}
	if d.stream != nil {
		if a, ok := d.stream.Addr().(*net.TCPAddr); ok {
			return a.IP.String(), new(a.Port), nil
		}
		return d.path, nil, nil
	}
	if a, ok := d.packet.LocalAddr().(*net.UDPAddr); ok {
		return a.IP.String(), new(a.Port), nil
	}
	return d.path, nil, nil
}

// shut closes the socket and removes what it leaves.
func (d *syslogDaemon) shut() {
	if d.stream != nil {
		_ = d.stream.Close()
	}
	if d.packet != nil {
		_ = d.packet.Close()
	}
	_ = os.Remove(d.path)
	d.stream, d.packet = nil, nil
}

func (d *syslogDaemon) close() {
	d.shut()
	_ = os.RemoveAll(d.dir)
}

// expect compares what was sent, by senders that have closed. Everything has
// arrived: the sockets are of this machine.
func (d *syslogDaemon) expect(stream bool, want [][]byte) error {
	for i, w := range want {
		var got []byte
		var err error
		if stream {
			got, err = d.connection()
		} else {
			got, err = d.datagram()
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(got, w) {
			return fmt.Errorf("%d: got %.300q, want %.300q", i, got, w)
		}
	}
	if stream {
		return d.expectNoConnection()
	}
	_ = d.packet.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, _, err := d.packet.ReadFrom(make([]byte, 1<<16)); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("one more datagram of %d bytes, %w", n, err)
	}
	return nil
}

func (d *syslogDaemon) datagram() ([]byte, error) {
	buf := make([]byte, 1<<18)
	_ = d.packet.SetReadDeadline(time.Now().Add(patience))
	n, _, err := d.packet.ReadFrom(buf)
	return buf[:n], err
}

func (d *syslogDaemon) accept(wait time.Duration) (net.Conn, error) {
	_ = d.stream.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Now().Add(wait))
	return d.stream.Accept()
}

func (d *syslogDaemon) connection() ([]byte, error) {
	c, err := d.accept(patience)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	return io.ReadAll(c)
}

func (d *syslogDaemon) expectNoConnection() error {
	c, err := d.accept(time.Millisecond)
	if err == nil {
		_ = c.Close()
		return errors.New("one more connection")
	}
	return nil
}
