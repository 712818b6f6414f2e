package conformance

import (
	"bytes"
	"log/slog"
	"os/exec"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

// jsonThroughPython makes a LogRecord of each line, and a line of its attributes.
const jsonThroughPython = `
import json, logging, sys
for line in sys.stdin.buffer:
    print(json.dumps(vars(logging.makeLogRecord(json.loads(line)))))
`

// TestLiveJSON: a line of wire.JSON is a LogRecord for Python, with every attribute
// as it was; what Python makes of it, wire.JSON reads.
func TestLiveJSON(t *testing.T) {
	py := python(t)
	records := []*sluice.Record{
		{Time: time.Unix(1700000000, 123456789), Level: sluice.Error, Name: "a.b", Message: "100% \"quoted\" \\ Grüße 🙂 \x00\n\u2028", ExcText: "Traceback:\n  x", Source: &slog.Source{File: "/x/y.py", Line: 7, Function: "f"}},
		{Time: time.Unix(1, 0), Level: 25, LevelName: "VERBOSE", Message: "half \xed\xa0\x80 a pair", StackInfo: "Stack"},
		{Time: time.Unix(4e9, 999e6), Attrs: []slog.Attr{slog.Int("int", -1<<63), slog.Uint64("uint", 1<<64-1), slog.Float64("whole", 1e16), slog.Float64("part", 0.1), slog.Float64("small", 5e-324),
			slog.Bool("b", true), slog.Any("none", nil), slog.Any("list", &pyval.List{Items: []any{int64(1), "x", &pyval.List{}}}), slog.Group("g", slog.Group("h", slog.String("k é", "v"))), slog.String("name", "collides")}},
	}
	var in bytes.Buffer
	for _, r := range records {
		line, err := wire.JSON{}.AppendRecord(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	sent := bytes.Split(bytes.TrimSpace(in.Bytes()), []byte("\n"))
	cmd := exec.Command(py, "-c", jsonThroughPython)
	cmd.Stdin = bytes.NewReader(bytes.Clone(in.Bytes()))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	back := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(back) != len(records) {
		t.Fatalf("%d lines came back, want %d", len(back), len(records))
	}
	for i := range records {
		got, err := wire.JSON{}.ParseRecord(back[i])
		if err != nil {
			t.Fatal(err)
		}
		var pairs [][2]string
		for _, p := range wire.Attributes(records[i]).Pairs {
			pairs = append(pairs, [2]string{p.Key.(string), pyval.Repr(p.Value)})
		}
		if err := sameAttrs(wire.Attributes(got), pairs); err != nil {
			t.Errorf("record %d: %v\nsent %s\nback %s", i, err, sent[i], back[i])
		}
	}
}
