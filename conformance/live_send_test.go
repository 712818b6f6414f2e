package conformance

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// collector is a running collect.py.
type collector struct {
	cmd  *exec.Cmd
	port int
}

func startCollector(t *testing.T, args ...string) *collector {
	t.Helper()
	cmd := exec.Command(python(t), append([]string{filepath.Join("testdata", "peers", "collect.py")}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &collector{cmd: cmd}
	t.Cleanup(c.kill)
	line, _ := bufio.NewReader(out).ReadString('\n')
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		c.kill()
		t.Fatalf("collect.py: %s", stderr.String())
	}
	c.port, _ = strconv.Atoi(port)
	return c
}

// kill is kill -9.
func (c *collector) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

type collected struct {
	Text  string
	Attrs [][2]string
}

// collectedIn waits until the file at path has n lines and reads them.
func collectedIn(t *testing.T, path string, n int) []collected {
	t.Helper()
	var data []byte
	for limit := time.Now().Add(patience); bytes.Count(data, []byte("\n")) < n; {
		if time.Now().After(limit) {
			t.Fatalf("%v have passed, and %d records of %d have come", patience, bytes.Count(data, []byte("\n")), n)
		}
		runtime.Gosched()
		var err error
		if data, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	var all []collected
	for line := range bytes.Lines(data) {
		var c collected
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// TestLiveCPythonReceives: the cookbook's receiver, over every transport, makes of
// what Go sends the records that were logged, in order.
func TestLiveCPythonReceives(t *testing.T) {
	const records = 200
	key := []byte("a key of both")
	hold := &redial.Hold{Linger: patience}
	for _, tt := range []struct {
		name, kind string
		key        []byte
		hold       *redial.Hold
	}{
		{"TCP", "tcp", nil, nil}, {"TCP, held", "tcp", nil, hold}, {"TCP, signed", "tcp", key, nil},
		{"Unix", "unix", nil, nil}, {"Unix, held", "unix", nil, hold},
		{"UDP", "udp", nil, nil}, {"UDP, signed", "udp", key, nil}, {"Unix datagrams", "unixgram", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			host, out, address := filepath.Join(dir, "s"), filepath.Join(dir, "out"), filepath.Join(dir, "s")
			if tt.kind == "tcp" || tt.kind == "udp" {
				host, address = "127.0.0.1", "127.0.0.1:0"
			}
			args := []string{tt.kind, address, out}
			if tt.key != nil {
				args = append(args, hex.EncodeToString(tt.key))
			}
			c := startCollector(t, args...)
			var port *int
			if c.port > 0 {
				port = &c.port
			}
			o := remote.Options{Level: sluice.NotSet, Timeout: patience}
			var h *sluice.Handler
			var err error
			if tt.kind == "udp" || tt.kind == "unixgram" {
				h, err = remote.NewDatagram(host, port, &remote.DatagramOptions{Key: tt.key, Options: o})
			} else {
				h, err = remote.NewSocket(host, port, &remote.SocketOptions{Key: tt.key, Hold: tt.hold, Options: o})
			}
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			logger := slog.New(h).With(sluice.Name("app.é"), "bound", true)
			for i := range records {
				logger.Warn(fmt.Sprintf("message %d: Grüße 日本 🙂\n100%%", i), "n", i, "f", 1.5, "none", nil, "big", uint64(1<<63),
					"list", pyval.Tuple{int64(1), pyval.Bytes("\x00\xff")}, slog.Group("g", "a", "b"), "name", "collides", sluice.Exc(io.ErrUnexpectedEOF))
				if i == 0 {
					collectedIn(t, out, 0+1) // it is there before datagrams come faster than it reads
				}
				if tt.kind == "udp" && i%20 == 0 {
					collectedIn(t, out, i+1)
				}
			}
			got := collectedIn(t, out, records)
			if len(got) != records {
				t.Errorf("%d records arrived, want %d", len(got), records)
			}
			for i, c := range got {
				if want := fmt.Sprintf("WARNING app.é message %d: Grüße 日本 🙂\n100%%", i); !strings.HasPrefix(c.Text, want+"\n") || !strings.Contains(c.Text, "unexpected EOF") {
					t.Fatalf("record %d is %q, want %q", i, c.Text, want)
				}
				checkPythonAttrs(t, c, i, tt.hold != nil)
			}
		})
	}
}

// checkPythonAttrs compares what Python has with what was logged.
func checkPythonAttrs(t *testing.T, c collected, i int, named bool) {
	t.Helper()
	has := map[string]string{}
	var order []string
	for _, kv := range c.Attrs {
		has[kv[0]] = kv[1]
		order = append(order, kv[0])
	}
	for k, want := range map[string]string{
		"levelno": "30", "args": "None", "exc_info": "None", "taskName": "None", "processName": "'MainProcess'", "threadName": "'MainThread'",
		"process": strconv.Itoa(os.Getpid()), "bound": "True", "n": strconv.Itoa(i), "f": "1.5", "none": "None", "big": "9223372036854775808",
		"list": `(1, b'\x00\xff')`, "g": "{'a': 'b'}", "name_": "'collides'", "filename": "'live_send_test.go'", "stack_info": "None",
	} {
		if has[k] != want {
			t.Errorf("record %d: %s is %s, want %s (of %v)", i, k, has[k], want, order)
		}
	}
	if _, ok := has["sluice_id"]; ok != named {
		t.Errorf("record %d: has an ID: %v", i, ok)
	}
	if !strings.Contains(has["relativeCreated"], ".") || !strings.HasSuffix(has["msecs"], ".0") {
		t.Errorf("record %d: relativeCreated %s, msecs %s", i, has["relativeCreated"], has["msecs"])
	}
}

// TestLivePythonSigns: the lines of Python that the page of SocketHandler shows sign
// what wire.Pickle with the same key takes.
func TestLivePythonSigns(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "handlers", "socket.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, lines, ok := strings.Cut(string(page), "```python\nimport hmac, logging.handlers")
	lines, _, ended := strings.Cut(lines, "```")
	if !ok || !ended {
		t.Fatal("the page has no such lines")
	}
	code := "import hmac, logging.handlers" + lines + `
import logging, sys
h = SignedSocketHandler("x", 1)
h.key = b"secret"
sys.stdout.buffer.write(h.makePickle(logging.makeLogRecord({"msg": "signed %d", "args": (7,)})))
`
	frame, err := exec.Command(python(t), "-c", code).Output()
	if err != nil {
		t.Fatal(err)
	}
	r, err := wire.Pickle{Key: []byte("secret")}.ParseRecord(frame[4:])
	if err != nil || r.Message != "signed 7" {
		t.Errorf("got %+v, %v", r, err)
	}
}
