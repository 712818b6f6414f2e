package natsqueue

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/sluicelog/sluice"
)

// TestOthersRead: a plain subscriber of NATS gets lines of JSON, and Python makes
// records of them.
func TestOthersRead(t *testing.T) {
	n := one(t, nil)
	nc, err := nats.Connect(n.ClientURL(), nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("sluice.records")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	q := open(t, n.ClientURL(), Options{JSON: true, Producer: "web", BatchDelay: untilFlush})
	put(t, q, 0, 3)
	flush(t, q)
	m, err := sub.NextMsg(patience)
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Content-Type") != "application/x-ndjson" || m.Header.Get("Sluice-Producer") != "web" || m.Header.Get("Sluice-Count") != "3" {
		t.Errorf("headers %v", m.Header)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(m.Data), "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines: %q", len(lines), m.Data)
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil || got["msg"] != message(i).Message || got["sluice_id"] == nil {
			t.Errorf("line %q: %v", line, err)
		}
	}
	out := python(t, `
import json, logging, sys
for line in sys.stdin:
    r = logging.makeLogRecord(json.loads(line))
    print(r.levelname, r.name, r.getMessage())
`, m.Data)
	if want := "INFO test message 0\nINFO test message 1\nINFO test message 2\n"; out != want {
		t.Errorf("Python reads %q, want %q", out, want)
	}
	// And so does a queue, whatever it writes itself.
	reader := open(t, n.ClientURL(), Options{})
	expect(t, take(t, cursorOf(t, reader, "a"), 3), numbered(0, 3))
}

// TestPythonReadsPickles: the body is what Python's SocketHandler sends.
func TestPythonReadsPickles(t *testing.T) {
	n := one(t, nil)
	q := open(t, n.ClientURL(), Options{BatchDelay: untilFlush})
	put(t, q, 0, 2)
	flush(t, q)
	m, err := stream(t, n.ClientURL(), "sluice").GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	out := python(t, `
import logging, pickle, struct, sys
data = sys.stdin.buffer.read()
while data:
    n, = struct.unpack('>L', data[:4])
    r = logging.makeLogRecord(pickle.loads(data[4:4 + n]))
    print(r.levelname, r.getMessage())
    data = data[4 + n:]
`, m.Data)
	if want := "INFO message 0\nINFO message 1\n"; out != want {
		t.Errorf("Python reads %q, want %q", out, want)
	}
}

func python(t *testing.T, script string, stdin []byte) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SLUICE_PEERS") == "required" {
			t.Fatal("python3 is required, Debian package python3")
		}
		t.Skip("no python3, Debian package python3")
	}
	cmd := exec.Command(path, "-c", script)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, stderr.Bytes())
	}
	return string(out)
}

// TestNotEncoded: a record that the format has no form for is refused and counted.
func TestNotEncoded(t *testing.T) {
	q := open(t, one(t, nil).ClientURL(), Options{})
	r := message(0)
	r.Attrs = append(r.Attrs, slog.Any("deep", tooDeep()))
	if err := q.Put(t.Context(), r); err == nil {
		t.Error("Put took it")
	}
	adds(t, "queue", q.Stats(), sluice.Stats{Accepted: 1, Dropped: map[string]uint64{NotEncoded: 1}})
}

// TestIDs: a record keeps the ID that it has, and gets one if it has none.
func TestIDs(t *testing.T) {
	q := open(t, one(t, nil).ClientURL(), Options{BatchDelay: untilFlush})
	r := message(0)
	r.ID = sluice.ID{Source: 7, Seq: 9}
	if err := q.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	put(t, q, 1, 2)
	if r.ID != (sluice.ID{Source: 7, Seq: 9}) {
		t.Error("Put changed the record")
	}
	flush(t, q)
	b := get(t, cursorOf(t, q, "a"), 10)
	if got := b.Records()[0].ID; got != r.ID {
		t.Errorf("ID %v, want %v", got, r.ID)
	}
	if got := b.Records()[1].ID; got.Source != q.run || got.Seq == 0 {
		t.Errorf("ID %v, want one of %x", got, q.run)
	}
}

// TestGoroutines: Close leaves none behind, neither ours nor of the client.
func TestGoroutines(t *testing.T) {
	n := one(t, nil)
	for range 3 {
		q := open(t, n.ClientURL(), Options{})
		g := cursorOf(t, q, "a")
		putEach(t, q, 0, 3)
		take(t, g, 3)
		drain(t, g) // which leaves a question to the server behind
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	all := make([]byte, 4<<20)
	// The client's own end when they next look, which Close does not wait for.
	until(t, "the goroutines end", func() bool {
		text := string(all[:runtime.Stack(all, true)])
		return !strings.Contains(text, "natsqueue.(*Queue)") && !strings.Contains(text, "nats%2ego.(*Conn)")
	})
}
