package conformance

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/redial"
)

// restartable is a receiver that can be killed and started again at the same
// address.
type restartable interface {
	start(t *testing.T, address string) (kill func())
	// numbers gives the number of each record that it has kept.
	numbers(t *testing.T) []int
}

// sluiceServe is the program, whose file rolls over meanwhile.
type sluiceServe struct{ file string }

func (s *sluiceServe) start(t *testing.T, address string) func() {
	t.Helper()
	cmd := s.command(t, address)
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// command runs the program, which listens.
func (s *sluiceServe) command(t *testing.T, address string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "serve", "--tcp", address, "--udp", "off", "--file", s.file, "--max-bytes", "2M", "--backup-count", "1000", drains)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
	}
	go func() { // what it says at the end
		for lines.Scan() {
		}
	}()
	return cmd
}

var recordNumber = regexp.MustCompile(`record-(\d+)-end`)

// numbers starts the program once more, to write what it had taken over and not
// written when it was killed last, and stops it as one does.
func (s *sluiceServe) numbers(t *testing.T) []int {
	t.Helper()
	cmd := s.command(t, "127.0.0.1:0")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("serve: %v", err)
	}
	return numbersIn(t, s.file+"*")
}

// cookbook is CPython's.
type cookbook struct{ file string }

func (c *cookbook) start(t *testing.T, address string) func() {
	return startCollector(t, "tcp", address, c.file, "brief").kill
}

func (c *cookbook) numbers(t *testing.T) []int { return numbersIn(t, c.file) }

func numbersIn(t *testing.T, pattern string) []int {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range recordNumber.FindAllSubmatch(data, -1) {
			n, err := strconv.Atoi(string(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, n)
		}
	}
	return all
}

// TestLiveRestart: 200 000 records go out at 20 000 in a second while the receiver is
// killed five times, once records came to it, and comes back half a second later. With hold and replay none is
// lost; sluice's own receiver has none twice, CPython's no more than were sent again.
func TestLiveRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 12 s for each receiver")
	}
	for _, tt := range []struct {
		name      string
		receiver  restartable
		doubledOK bool
	}{
		{"sluice serve", &sluiceServe{filepath.Join(t.TempDir(), "log")}, false},
		// It reads so slowly that megabytes wait in its machine's buffer when it dies.
		{"CPython", &cookbook{filepath.Join(t.TempDir(), "out")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := freeAddress(t)
			st := sendThroughKills(t, tt.receiver, address)
			count := make(map[int]int, restartRecords)
			doubled := 0
			for _, n := range tt.receiver.numbers(t) {
				if count[n]++; count[n] > 1 {
					doubled++
				}
			}
			lost := 0
			for n := range restartRecords {
				if count[n] == 0 {
					lost++
				}
			}
			t.Logf("%d lost, %d doubled, %d sent again, %d connections", lost, doubled, st.Replayed, st.Connects)
			if lost > 0 || len(count) != restartRecords {
				t.Errorf("%d of %d records are lost", lost, restartRecords)
			}
			if doubled > 0 && !tt.doubledOK || uint64(doubled) > st.Replayed {
				t.Errorf("%d records are doubled, %d were sent again", doubled, st.Replayed)
			}
			if st.Written != restartRecords || len(st.Dropped) > 0 || st.Connects < restartKills {
				t.Errorf("stats %+v", st)
			}
		})
	}
}

const (
	restartRecords = 200000
	restartKills   = 5
	restartTick    = 5 * time.Millisecond
	restartPerTick = 100 // records
	restartGap     = 100 // ticks
)

// freeAddress gives an address that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", loopback()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// sendThroughKills sends the records at a steady rate, kills the receiver at even
// distances, and closes the handler, which waits until the receiver has read all.
func sendThroughKills(t *testing.T, r restartable, address string) redial.Stats {
	t.Helper()
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	h, err := remote.NewSocket(tcp.IP.String(), &tcp.Port, &remote.SocketOptions{
		Hold:    &redial.Hold{Bytes: 128 << 20, Linger: time.Hour},
		Options: remote.Options{RetryStart: new(50 * time.Millisecond), RetryMax: new(time.Second), OnError: func(context.Context, *sluice.Record, error) {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(h).With(sluice.Name("app.restart"))
	kill := r.start(t, address)
	ticks := time.NewTicker(restartTick)
	defer ticks.Stop()
	kills := uint64(0)
	const every = restartRecords / restartPerTick / restartKills
	for tick := range restartRecords / restartPerTick {
		<-ticks.C
		switch tick % every {
		case every / 3:
			kills++
			for limit := time.Now().Add(patience); remote.Of(h).Conn().Stats().Connects < kills; {
				runtime.Gosched() // it may have had no processor yet
				if time.Now().After(limit) {
					t.Fatalf("%v have passed, and it did not connect for the %dth time: %+v", patience, kills, remote.Of(h).Conn().Stats())
				}
			}
			kill()
		case every/3 + restartGap:
			kill = r.start(t, address)
		}
		for i := range restartPerTick {
			logger.Info("record-"+strconv.Itoa(tick*restartPerTick+i)+"-end", "user", "u-123", "status", 200)
		}
	}
	defer func() { kill() }()
	if err := h.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	return remote.Of(h).Conn().Stats()
}

// TestLiveStall: a program that accepts and never reads blocks no call for longer
// than its deadline, and gets no half of a record with another one behind it.
func TestLiveStall(t *testing.T) {
	code := `
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
print(s.getsockname()[1], flush=True)
conns = []
while len(conns) < 2:
    conns.append(s.accept()[0])
data = b""
while True:
    piece = conns[0].recv(65536)
    if not piece:
        break
    data += piece
sys.stdout.buffer.write(data)
sys.stdout.flush()
`
	cmd := exec.Command(python(t), "-c", code)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	in := bufio.NewReader(out)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	const timeout = 300 * time.Millisecond
	lost, slow := uint64(0), uint64(0) // records, and calls
	h, err := remote.NewSocket("127.0.0.1", &port, &remote.SocketOptions{Options: remote.Options{
		Timeout: timeout, OnError: func(context.Context, *sluice.Record, error) { lost++ },
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	var longest time.Duration
	for limit := time.Now().Add(patience); remote.Of(h).Conn().Stats().Connects < 2; {
		start := time.Now()
		logger.Info(strings.Repeat("x", 100000))
		took := time.Since(start)
		longest = max(longest, took)
		if took >= timeout {
			slow++
		}
		if start.After(limit) {
			t.Fatalf("%v have passed, and it did not connect again: %+v", patience, remote.Of(h).Stats())
		}
	}
	t.Logf("the longest call took %v", longest)
	// A machine that gives no processor can make more calls than one as slow, and costs
	// them their records. Without a deadline the one would not end: the peer reads nothing
	// before the second connection.
	st := remote.Of(h).Stats()
	if cut := st.Dropped[redial.ReasonCut]; cut == 0 || cut > slow || lost != cut+st.Dropped[redial.ReasonDown] {
		t.Errorf("%d records are lost, %d calls took %v and more: the peer did not stall; stats %+v", lost, slow, timeout, st)
	}
	if longest > patience {
		t.Errorf("a call took %v", longest)
	}
	var data bytes.Buffer
	if _, err := data.ReadFrom(in); err != nil {
		t.Fatal(err)
	}
	frames, rest := 0, data.Bytes()
	for len(rest) >= 4 {
		n := int(rest[0])<<24 | int(rest[1])<<16 | int(rest[2])<<8 | int(rest[3])
		if n < 100000 || n > 101000 {
			t.Fatalf("after %d frames a length of %d: half a frame has another one behind it", frames, n)
		}
		if len(rest) < 4+n {
			break
		}
		frames, rest = frames+1, rest[4+n:]
	}
	if uint64(frames) > st.Delivered {
		t.Errorf("%d whole frames on the first connection, stats %+v", frames, st)
	}
}
