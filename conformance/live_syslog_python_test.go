package conformance

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// TestLivePythonSendsSyslog: what Python's SysLogHandler logs arrives, each record
// once, complete and in order, over every kind of socket.
func TestLivePythonSendsSyslog(t *testing.T) {
	py := python(t)
	const count = 2000
	for _, kind := range []string{"udp", "tcp", "unix", "unix stream"} {
		t.Run(kind, func(t *testing.T) {
			var got emittest.Recorder
			s := receive.NewServer(&got, new(wire.Syslog), &receive.Options{Framing: receive.Syslog, OnError: func(e *receive.Error) { t.Error(e) }})
			address := serveSyslog(t, s, kind)
			network, _, _ := strings.Cut(kind, " ")
			cmd := exec.Command(py, filepath.Join("testdata", "peers", "send_syslog.py"), strconv.Itoa(count), network, address)
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("send_syslog.py: %v\n%s", err, text)
			}
			if err := s.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			records := got.Records()
			if len(records) != count {
				t.Fatalf("%d records arrived, want %d", len(records), count)
			}
			levels := []sluice.Level{sluice.Debug, sluice.Info, sluice.Warning, sluice.Error, sluice.Critical}
			for i, r := range records {
				want := fmt.Sprintf("record %d Grüße\nsecond line %s", i, strings.Repeat("x", i%700))
				if r.Message != want || r.Level != levels[i%5] || r.Name != "peer" || r.Origin.Process != 42 || fmt.Sprint(r.Attrs) != "[facility=local3]" {
					t.Fatalf("record %d: %+v, want %q", i, r, want)
				}
			}
		})
	}
}

// serveSyslog serves on one socket until s is shut down.
func serveSyslog(t *testing.T, s *receive.Server, kind string) (address string) {
	t.Helper()
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	check := func(err error) {
		if !errors.Is(err, receive.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	}
	path := filepath.Join(t.TempDir(), "log")
	network, address := map[string]string{"udp": "udp", "tcp": "tcp", "unix": "unixgram", "unix stream": "unix"}[kind], path
	if network == "udp" || network == "tcp" {
		address = "127.0.0.1:0"
	}
	if network == "udp" || network == "unixgram" {
		pcs, err := receive.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() { check(s.ServePacket(pcs...)) })
		return pcs[0].LocalAddr().String()
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	wg.Go(func() { check(s.ServeSocket(l)) })
	return l.Addr().String()
}

// TestLivePythonReceivesSyslog: a receiver written in Python gets what Python's own
// handler would have sent it.
func TestLivePythonReceivesSyslog(t *testing.T) {
	py := python(t)
	const count = 500
	for _, kind := range []string{"udp", "tcp", "dgram", "stream"} {
		t.Run(kind, func(t *testing.T) {
			cmd := exec.Command(py, filepath.Join("testdata", "peers", "receive_syslog.py"), kind, strconv.Itoa(count), filepath.Join(t.TempDir(), "log"))
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}()
			lines := bufio.NewScanner(out)
			next := func() (line string) {
				if !lines.Scan() {
					t.Fatalf("receive_syslog.py ended: %v", lines.Err())
				}
				if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
				return line
			}
			host, port := next(), (*int)(nil)
			o := &remote.SysLogOptions{Syslog: wire.Syslog{Ident: "go: ", Formatter: messageOnly()}, Options: remote.Options{Timeout: patience}}
			if kind == "tcp" || kind == "stream" {
				o.SockType = remote.SockStream
			}
			if kind == "udp" || kind == "tcp" {
				n, err := strconv.Atoi(host)
				if err != nil {
					t.Fatal(err)
				}
				host, port = "127.0.0.1", &n
			}
			h, err := remote.NewSysLog(host, port, o)
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			log := slog.New(h)
			for i := range count {
				// One at a time: a datagram that finds the queue full is lost.
				log.Warn(fmt.Sprintf("record %d\nGrüße", i), "not", "shown")
				if got, want := next(), fmt.Sprintf("<12>go: record %d\nGrüße\x00", i); got != want {
					t.Fatalf("received %q, want %q", got, want)
				}
			}
		})
	}
}
