package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

// TestLivePassedOn: what a Python program logs over every transport, and the program
// routes by a dictConfig to Python's own handlers, are for CPython's receivers the
// records that were logged, in order on each connection. A record that no datagram can
// hold, before all of them, costs none of them.
func TestLivePassedOn(t *testing.T) {
	py := python(t)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	stream, gram := filepath.Join(dir, "stream"), filepath.Join(dir, "gram")
	port := startCollector(t, "tcp", "127.0.0.1:0", stream).port
	startCollector(t, "unixgram", filepath.Join(dir, "g"), gram)
	conf, err := json.Marshal(map[string]any{
		"version": 1,
		"handlers": map[string]any{
			"stream": map[string]any{"class": "logging.handlers.SocketHandler", "host": "127.0.0.1", "port": port},
			"gram":   map[string]any{"class": "logging.handlers.DatagramHandler", "host": filepath.Join(dir, "g"), "port": nil},
		},
		"root": map[string]any{"handlers": []string{"stream", "gram"}},
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "conf.json"), conf, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	serve := exec.Command(path, "serve", drains, "--tcp", "127.0.0.1:0", "--udp", "127.0.0.1:0", "--unix", filepath.Join(dir, "s"), "--unixgram", filepath.Join(dir, "d"),
		"--config", filepath.Join(dir, "conf.json"))
	var stderr strings.Builder
	serve.Stderr = &stderr
	out, err := serve.StdoutPipe()
	if err == nil {
		err = serve.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Kill()
		_ = serve.Wait()
		if t.Failed() {
			t.Logf("serve said:\n%s", stderr.String())
		}
	})
	address := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		if f := strings.Fields(lines.Text()); len(f) == 3 {
			address[f[0]] = f[1]
		}
	}
	sendTooLong(t, address["tcp"])

	sent := filepath.Join(dir, "sent")
	send := exec.Command(py, filepath.Join("testdata", "peers", "send_all.py"), "800", portOf(t, address["tcp"]), portOf(t, address["udp"]), address["unix"], address["unixgram"], sent)
	if text, err := send.CombinedOutput(); err != nil {
		t.Fatalf("send_all.py: %v\n%s", err, text)
	}
	want := readSent(t, sent)
	inStream, inDatagrams := waitPassed(t, stream, want), waitPassed(t, gram, want)
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("serve: %v", err)
	}
	comparePassed(t, "stream", inStream, want)
	comparePassed(t, "datagrams", inDatagrams, want)
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// sendTooLong sends a record that goes into a stream, and into no datagram.
func sendTooLong(t *testing.T, address string) {
	t.Helper()
	port, err := strconv.Atoi(portOf(t, address))
	if err != nil {
		t.Fatal(err)
	}
	h, err := remote.NewSocket("127.0.0.1", &port, &remote.SocketOptions{Options: remote.Options{Timeout: patience}})
	if err == nil {
		err = h.Emit(t.Context(), &sluice.Record{Level: sluice.Error, Name: "long", Message: strings.Repeat("x", 900<<10)})
	}
	if err == nil {
		err = h.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// overUDP is the connection of send_all.py whose datagrams may be lost.
const overUDP = 6

// waitPassed gives the records that a collector writes down, by the connection that
// Python logged them to, when those of want have come that none can have lost.
func waitPassed(t *testing.T, path string, want []sentRecord) map[int][]map[string]string {
	t.Helper()
	left := 0
	for _, w := range want {
		if w.Conn != overUDP {
			left++
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	by := map[int][]map[string]string{}
	in, line := bufio.NewReader(f), ""
	for limit := time.Now().Add(patience); left > 0; {
		more, err := in.ReadString('\n')
		line += more
		if err != nil { // the rest is still to be written
			if time.Now().After(limit) {
				t.Fatalf("%v have passed, and %d records have not come to %s", patience, left, filepath.Base(path))
			}
			runtime.Gosched()
			continue
		}
		var c collected
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		line = ""
		attrs := map[string]string{}
		for _, kv := range c.Attrs {
			attrs[kv[0]] = kv[1]
		}
		conn, err := strconv.Atoi(attrs["conn"])
		if err != nil {
			continue // the one that is too long
		}
		by[conn] = append(by[conn], attrs)
		if conn != overUDP {
			left--
		}
	}
	return by
}

// anObject is an object that was not restored: what the program has of it, it passes
// on as text.
var anObject = regexp.MustCompile(`'(<[\w.]+ object>)'`)

func comparePassed(t *testing.T, name string, by map[int][]map[string]string, want []sentRecord) {
	t.Helper()
	failed := 0
	for _, w := range want {
		if len(by[w.Conn]) == 0 || w.Conn == overUDP && by[w.Conn][0]["seq"] != fmt.Sprint(w.Seq) {
			if w.Conn != overUDP {
				t.Fatalf("%s, connection %d: record %d did not arrive", name, w.Conn, w.Seq)
			}
			continue
		}
		got := by[w.Conn][0]
		by[w.Conn] = by[w.Conn][1:]
		for _, kv := range w.Attrs {
			if has := anObject.ReplaceAllString(got[kv[0]], "$1"); has != kv[1] {
				t.Errorf("%s, connection %d, record %d: %s is %.300s, want %.300s", name, w.Conn, w.Seq, kv[0], has, kv[1])
				failed++
			}
		}
		if failed > 20 {
			t.FailNow()
		}
	}
	for conn, left := range by {
		if len(left) > 0 {
			t.Errorf("%s, connection %d: %d records more than were sent, or out of order", name, conn, len(left))
		}
	}
}
