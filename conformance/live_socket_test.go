package conformance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// sentRecord is what send_all.py says of a record.
type sentRecord struct {
	Conn, Seq int
	Attrs     [][2]string
}

// TestLivePythonSends: a Python program logs 10 000 records of all kinds over
// eight connections at once: TCP, Unix, UDP and Unix datagrams. Each arrives once
// and complete, by Python's own repr of each attribute, and in order.
func TestLivePythonSends(t *testing.T) {
	py := python(t)
	const count = 10000
	var got emittest.Recorder
	var refused []error
	var mu sync.Mutex
	s := receive.NewServer(&got, wire.Pickle{}, &receive.Options{OnError: func(e *receive.Error) {
		mu.Lock()
		defer mu.Unlock()
		refused = append(refused, e)
	}})
	dir := t.TempDir()
	unix, unixgram, out := filepath.Join(dir, "s"), filepath.Join(dir, "g"), filepath.Join(dir, "out")
	tcpPort, udpPort := serveAll(t, s, unix, unixgram)

	cmd := exec.Command(py, filepath.Join("testdata", "peers", "send_all.py"), strconv.Itoa(count), tcpPort, udpPort, unix, unixgram, out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("send_all.py: %v\n%s", err, text)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
	for _, err := range refused {
		t.Errorf("refused: %v", err)
	}
	want := readSent(t, out)
	if len(want) < count*99/100 {
		t.Fatalf("send_all.py sent %d records, want about %d", len(want), count)
	}
	compareReceived(t, got.Records(), want)
}

// serveAll serves on sockets of each kind until s is shut down.
func serveAll(t *testing.T, s *receive.Server, unix, unixgram string) (tcpPort, udpPort string) {
	t.Helper()
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	var ports []string
	for _, a := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", unix}} {
		l, err := net.Listen(a[0], a[1])
		if err != nil {
			t.Fatal(err)
		}
		if tcp, ok := l.Addr().(*net.TCPAddr); ok {
			ports = append(ports, strconv.Itoa(tcp.Port))
		}
		wg.Go(func() {
			if err := s.ServeSocket(l); !errors.Is(err, receive.ErrServerClosed) {
				t.Errorf("ServeSocket: %v", err)
			}
		})
	}
	for _, a := range [][2]string{{"udp", "127.0.0.1:0"}, {"unixgram", unixgram}} {
		p, err := receive.ListenPacket(a[0], a[1])
		if err != nil {
			t.Fatal(err)
		}
		if udp, ok := p[0].LocalAddr().(*net.UDPAddr); ok {
			ports = append(ports, strconv.Itoa(udp.Port))
		}
		wg.Go(func() {
			if err := s.ServePacket(p...); !errors.Is(err, receive.ErrServerClosed) {
				t.Errorf("ServePacket: %v", err)
			}
		})
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return ports[0], ports[1]
}

func readSent(t *testing.T, path string) []sentRecord {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var sent []sentRecord
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var r sentRecord
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, r)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return sent
}

// compareReceived checks that each record of want is in got once, complete, and
// behind those sent before it over the same connection.
func compareReceived(t *testing.T, got []*sluice.Record, want []sentRecord) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d records arrived, want %d", len(got), len(want))
	}
	byConn := map[int][]*pyval.Dict{}
	for _, r := range got {
		d := wire.Attributes(r)
		conn, ok := d.Get("conn")
		if !ok {
			t.Fatalf("a record without its connection: %s", pyval.Repr(d))
		}
		byConn[int(conn.(int64))] = append(byConn[int(conn.(int64))], d)
	}
	next := map[int]int{}
	failed := 0
	for _, w := range want {
		i := next[w.Conn]
		next[w.Conn]++
		if i >= len(byConn[w.Conn]) {
			t.Fatalf("connection %d: record %d did not arrive", w.Conn, w.Seq)
		}
		if err := sameAttrs(byConn[w.Conn][i], w.Attrs); err != nil {
			t.Errorf("connection %d, record %d: %v", w.Conn, w.Seq, err)
			if failed++; failed > 20 {
				t.FailNow()
			}
		}
	}
}

// sameAttrs compares a record with Python's repr of its attributes.
func sameAttrs(d *pyval.Dict, want [][2]string) error {
	if len(d.Pairs) != len(want) {
		return fmt.Errorf("%d attributes, want %d: %.300s", len(d.Pairs), len(want), pyval.Repr(d))
	}
	for _, kv := range want {
		v, ok := d.Get(kv[0])
		if !ok {
			return fmt.Errorf("no attribute %q", kv[0])
		}
		if got := pyval.Repr(v); got != kv[1] {
			return fmt.Errorf("%s is %.300s, want %.300s", kv[0], got, kv[1])
		}
	}
	return nil
}
