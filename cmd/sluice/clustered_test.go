package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/wire"
)

// startNATS runs a server of NATS and gives its address.
func startNATS(t *testing.T) string {
	t.Helper()
	return runNATS(t).ClientURL()
}

func runNATS(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not come up")
	}
	return s
}

// until waits for what another process does, and has no event of its own.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for tries := 0; !is(); tries++ {
		if tries == 60_000 {
			t.Fatalf("in vain: %s", what)
		}
		<-tick.C
	}
}

// asked waits until so many programs ask for what there is for each cursor: then of the
// first batches each program gets one.
func asked(t *testing.T, s *server.Server, programs int) {
	t.Helper()
	until(t, "all programs ask for records", func() bool {
		info, err := s.Jsz(&server.JSzOptions{Accounts: true, Streams: true, Consumer: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, account := range info.AccountDetails {
			for _, stream := range account.Streams {
				for _, c := range stream.Consumer {
					if c.NumWaiting < programs {
						return false
					}
				}
			}
		}
		return info.Consumers > 0
	})
}

// ackWait is the flag with which what a program has in hand goes to no other one while a
// busy machine lets it stand still. What a killed one had comes again after as long: the
// tests that wait for that run side by side.
const ackWait = "--queue-ack-wait=20s"

// streamFlags are the flags of a serve that uses such a server.
func streamFlags(t *testing.T, file string, more ...string) []string {
	t.Helper()
	return append([]string{"--tcp", "127.0.0.1:0", "--udp", "off", "--file", file, "--max-bytes", "0", "--queue-max-bytes", "64M"}, more...)
}

// numbered are pickles of the records from first on, each with its number and an ID.
func numbered(t *testing.T, first, n int) []byte {
	t.Helper()
	var all []byte
	for i := first; i < first+n; i++ {
		r := sluice.Record{Time: time.Now(), Level: sluice.Info, Message: fmt.Sprintf("number %d.", i), ID: sluice.ID{Source: 7, Seq: uint64(i + 1)}}
		frame, err := wire.Pickle{}.AppendRecord([]byte{0, 0, 0, 0}, &r)
		if err != nil {
			t.Fatal(err)
		}
		binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
		all = append(all, frame...)
	}
	return all
}

var numberOf = regexp.MustCompile(`number (\d+)\.`)

// timesFound gives how often each record is in the files.
func timesFound(t *testing.T, files ...string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, file := range files {
		for _, m := range numberOf.FindAllSubmatch(read(t, file), -1) {
			found[string(m[1])]++
		}
	}
	return found
}

// TestServeShares: two programs on one stream write each record once, between them.
// One that is killed is replaced by the other: nothing is lost, and at most what it
// had at hand is written twice.
func TestServeShares(t *testing.T) {
	t.Parallel()
	const records, inFlight = 20_000, 256
	nats := runNATS(t)
	address := nats.ClientURL()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log")
	one := startServe(t, streamFlags(t, a, "--queue", address, ackWait)...)
	other := startServe(t, streamFlags(t, b, "--queue", address, ackWait)...)
	if !strings.Contains(one.banner, "sluice on 127.0.0.1:") {
		t.Errorf("it does not say where the queue is:\n%s", one.banner)
	}
	all := func(n int) (found map[string]int) {
		until(t, "all records", func() bool {
			if bytes.Count(read(t, a), []byte("\n"))+bytes.Count(read(t, b), []byte("\n")) < n {
				return false // to look for each takes long
			}
			found = timesFound(t, a, b)
			return len(found) >= n
		})
		return found
	}
	asked(t, nats, 2)
	sendTo(t, "tcp", one.addr["tcp"], numbered(t, 0, records))
	found := all(records)
	for i := range records {
		if n := found[fmt.Sprint(i)]; n != 1 {
			t.Fatalf("record %d is there %d times", i, n)
		}
	}
	for _, file := range []string{a, b} {
		if len(timesFound(t, file)) == 0 {
			t.Errorf("%s has none: the work was not shared", filepath.Base(file))
		}
	}

	sendTo(t, "tcp", other.addr["tcp"], numbered(t, records, records))
	all(records + records/4)
	if err := one.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = one.cmd.Wait()
	found = all(2 * records)
	twice := 0
	for i := range 2 * records {
		n := found[fmt.Sprint(i)]
		if n == 0 {
			t.Fatalf("record %d is lost", i)
		}
		twice += n - 1
	}
	if twice > inFlight {
		t.Errorf("%d records are there twice", twice)
	}
	t.Logf("%d of %d records are there twice", twice, 2*records)
	if status, last := other.stop(t, os.Interrupt); status != exitOK || strings.Contains(last, "not written") {
		t.Errorf("status %d, %q: %s", status, last, other.stderr.String())
	}
}

// TestServeStreamOutlives: what came while the file could not be written is in the
// stream when the program is killed, and the next run writes it, once.
func TestServeStreamOutlives(t *testing.T) {
	const records = 500
	address := startNATS(t)
	file := filepath.Join(t.TempDir(), "x.log")
	args := streamFlags(t, file, "--queue", address)
	s := startServe(t, args...)
	sendTo(t, "tcp", s.addr["tcp"], numbered(t, 0, records))
	until(t, "a record", func() bool { return len(timesFound(t, file)) > 0 })
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s = startServe(t, args...)
	sendTo(t, "tcp", s.addr["tcp"], numbered(t, 0, records)) // the sender does not know what was read
	until(t, "all records", func() bool { return len(timesFound(t, file)) >= records })
	status, last := s.stop(t, os.Interrupt)
	if status != exitOK {
		t.Errorf("status %d, %q: %s", status, last, s.stderr.String())
	}
	if n := len(timesFound(t, file)); n != records {
		t.Errorf("%d records, want %d", n, records)
	}
}

// TestServeStreamMistakes: what cannot be is told before anything is opened, and a
// password is told to nobody.
func TestServeStreamMistakes(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--queue", "http://localhost"}, exitUsage, "want spool, memory, off"},
		{[]string{"--queue", "nats://localhost", "--queue-durable"}, exitUsage, "--queue spool"},
		{[]string{"--queue", "nats://localhost", "--queue-user", "x"}, exitUsage, "--queue-password-file"},
		{[]string{"--queue", "nats://localhost", "--queue-nkey", filepath.Join(dir, "none")}, exitUsage, "--queue-nkey"},
		{[]string{"--queue", "tls://localhost", "--queue-tls-cert", "x"}, exitUsage, "--queue-tls-cert and --queue-tls-key"},
		{[]string{"--queue-replicas", "3"}, exitUsage, "--queue nats://"},
		{[]string{"--queue", "nats://me:hunter2@127.0.0.1:1"}, exitFailure, "127.0.0.1:1"},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"serve", "--tcp", "127.0.0.1:0", "--udp", "off", "--file", filepath.Join(dir, "x.log")}, c.args...)
		status := run(args, world{t.Context(), strings.NewReader(""), &stdout, &stderr})
		if status != c.status || !strings.Contains(stderr.String(), c.want) || strings.Contains(stderr.String(), "hunter2") {
			t.Errorf("%v: status %d, %q", c.args, status, stderr.String())
		}
	}
}

// TestNoServer: the program speaks to servers of NATS and is none.
func TestNoServer(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if strings.Contains(string(out), "nats-server") {
		t.Error("the program has nats-server in it")
	}
}
