package redial_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice/redial"
)

// patient is for real sockets: however busy the machine is, nothing is given up for that.
var patient = redial.Options{DialTimeout: time.Hour, WriteTimeout: time.Hour}

// loopback is an address of this machine: where there are many, as on Linux, one that
// nothing else uses, so that a port of it is still free when it is opened again.
func loopback() string {
	if runtime.GOOS == "linux" {
		return "127.44.55.67"
	}
	return "127.0.0.1"
}

// listen gives a listener on a socket of that network, and a Dial to it.
func listen(t *testing.T, network string) (net.Listener, redial.Dial) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, redial.Dialer(network, l.Addr().String())
}

func accept(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func read(t *testing.T, c net.Conn, n int) string {
	t.Helper()
	buf := make([]byte, n)
	if _, err := io.ReadFull(c, buf); err != nil {
		t.Fatal(err)
	}
	return string(buf)
}

// TestRealPeerThatCloses: no frame is lost to a connection that the peer closed in
// good order or reset, once that has arrived here.
func TestRealPeerThatCloses(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		l, dial := listen(t, network)
		c := redial.New(dial, &patient)
		defer c.Close()
		for i := range 5 {
			write(t, c, "frame")
			first := accept(t, l)
			if got := read(t, first, 5); got != "frame" {
				t.Errorf("%s: got %q", network, got)
			}
			if tcp, ok := first.(*net.TCPConn); ok && i%2 == 1 {
				_ = tcp.SetLinger(0) // close resets
			}
			if err := first.Close(); err != nil {
				t.Error(err)
			}
			// Over loopback the end has arrived when Close returns.
		}
		if st := c.Stats(); st.Written != 5 || st.Connects != 5 || len(st.Dropped) > 0 {
			t.Errorf("%s: stats %+v", network, st)
		}
	}
}

// TestRealStall: a peer that accepts and never reads blocks a Write for no longer
// than the deadline, and sees only whole frames but for the last of a connection.
func TestRealStall(t *testing.T) {
	l, dial := listen(t, "tcp")
	const timeout = 50 * time.Millisecond
	c := redial.New(dial, &redial.Options{DialTimeout: patient.DialTimeout, WriteTimeout: timeout})
	defer c.Close()
	frame := append(bytes.Repeat([]byte("x"), 99999), '\n')
	var err error
	for range 1000 {
		if _, err = c.Write(frame); err != nil {
			break
		}
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a hundred megabytes to a peer that reads nothing: %v", err)
	}
	write(t, c, "next")
	a, b := accept(t, l), accept(t, l)
	data, err := io.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("\n")); uint64(n) > c.Stats().Written || !bytes.HasPrefix(bytes.Repeat(frame, n+1), data) {
		t.Errorf("the first connection has %d frames of %d, in %d bytes", n, c.Stats().Written, len(data))
	}
	if got := read(t, b, 4); got != "next" {
		t.Errorf("the second connection begins with %q", got)
	}
}

// TestCloseWaitsUntilRead: with Hold, Close returns when the peer has read all.
func TestCloseWaitsUntilRead(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		l, dial := listen(t, network)
		c := redial.New(dial, &redial.Options{DialTimeout: patient.DialTimeout, WriteTimeout: time.Minute, Hold: &redial.Hold{Linger: time.Minute}})
		want := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
		for p := want; len(p) > 0; p = p[16:] {
			if _, err := c.Write(p[:16]); err != nil {
				t.Fatal(err)
			}
		}
		got := make(chan []byte, 1)
		go func() {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			data, _ := io.ReadAll(nc)
			got <- data
			_ = nc.Close()
		}()
		if err := c.Close(); err != nil {
			t.Errorf("%s: Close: %v", network, err)
		}
		select {
		case data := <-got:
			if !bytes.Equal(data, want) {
				t.Errorf("%s: %d bytes arrived, want %d", network, len(data), len(want))
			}
		default:
			t.Errorf("%s: Close returned before the peer had read to the end", network)
		}
	}
}

func packets(t *testing.T, network, address string) net.PacketConn {
	t.Helper()
	pc, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	return pc
}

func readPacket(t *testing.T, pc net.PacketConn) string {
	t.Helper()
	buf := make([]byte, 100)
	n, _, err := pc.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

// TestDatagrams: one that is too long costs itself only; a receiver that was away
// gets what is sent once it is back.
func TestDatagrams(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no Unix datagrams")
	}
	path := filepath.Join(t.TempDir(), "g")
	for _, network := range []string{"udp", "unixgram"} {
		address := loopback() + ":0"
		if network == "unixgram" {
			address = path
		}
		pc := packets(t, network, address)
		address = pc.LocalAddr().String()
		o := patient
		o.RetryStart = new(time.Duration)
		c := redial.New(redial.Dialer(network, address), &o)
		defer c.Close()
		write(t, c, "one")
		if _, err := c.Write(make([]byte, 1<<20)); !errors.Is(err, redial.ErrTooLong) {
			t.Errorf("%s: a megabyte gave %v", network, err)
		}
		write(t, c, "two")
		for _, want := range []string{"one", "two"} {
			if got := readPacket(t, pc); got != want {
				t.Errorf("%s: got %q, want %q", network, got, want)
			}
		}
		_ = pc.Close()
		_ = os.Remove(path)
		for range 4 {
			_, _ = c.Write([]byte("to nobody"))
		}
		for network == "udp" && c.Stats().Refused == 0 {
			_, _ = c.Write([]byte("to nobody")) // of which a later one is told
		}
		pc = packets(t, network, address)
		write(t, c, "back")
		if got := readPacket(t, pc); got != "back" {
			t.Errorf("%s: got %q", network, got)
		}
		st := c.Stats()
		if st.Dropped[redial.ReasonTooLong] != 1 || network == "udp" && st.Refused == 0 || network == "unixgram" && st.Dropped[redial.ReasonDown] != 4 {
			t.Errorf("%s: stats %+v", network, st)
		}
	}
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	l, dial := listen(t, "tcp")
	go func() {
		nc, err := l.Accept()
		if err == nil {
			_, _ = io.Copy(io.Discard, nc)
		}
	}()
	c := redial.New(dial, &patient)
	defer c.Close()
	frame := make([]byte, 500)
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Write(frame) }); n > 0 {
		t.Errorf("Write: %v allocations", n)
	}
}

// TestReplayOfTheUnread: a peer that has read for a while, stops, and dies, has
// megabytes unread in its system. They are sent again.
func TestReplayOfTheUnread(t *testing.T) {
	l, dial := listen(t, "tcp")
	c := redial.New(dial, &redial.Options{RetryStart: new(time.Millisecond), DialTimeout: patient.DialTimeout, WriteTimeout: time.Minute, Hold: &redial.Hold{Bytes: 64 << 20, Linger: time.Minute}})
	const size = 1000
	next := 0
	send := func() {
		write(t, c, fmt.Sprintf("%09d%s.", next, strings.Repeat("x", size-10)))
		next++
	}
	for range 20000 { // by which the buffer grows
		send()
	}
	first := accept(t, l)
	seen := map[string]bool{}
	readFrame := func(in io.Reader) error {
		frame := make([]byte, size)
		_, err := io.ReadFull(in, frame)
		if err == nil {
			seen[string(frame[:9])] = true
		}
		return err
	}
	for in := bufio.NewReader(first); len(seen) < 15000; {
		if err := readFrame(in); err != nil {
			t.Fatal(err)
		}
	}
	for c.Stats().HeldBytes < 16<<20 { // nothing goes any more
		send()
	}
	unread := int(c.Stats().Written) - len(seen)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- c.Close() }()
	second := accept(t, l)
	for err := error(nil); err == nil; {
		err = readFrame(second)
	}
	_ = second.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	t.Logf("%d KiB were unread", unread*size>>10)
	if len(seen) != next {
		t.Errorf("%d of %d frames arrived; %d were unread when the peer died", len(seen), next, unread)
	}
}

// TestPeerEndsEarly: a peer that ends the stream in good order while frames are on their
// way has not got them, as Close sees.
func TestPeerEndsEarly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what has arrived")
	}
	l, dial := listen(t, "tcp")
	o := patient
	o.RetryStart, o.Hold = new(time.Millisecond), &redial.Hold{Bytes: 64 << 20, Linger: time.Minute}
	c := redial.New(dial, &o)
	const frames = 110 // more than the peer's system takes before it is read
	var first net.Conn
	for i := range frames {
		write(t, c, fmt.Sprintf("%09d%s.", i, strings.Repeat("x", 990)))
		if i == 0 {
			first = accept(t, l)
			if err := first.(*net.TCPConn).SetReadBuffer(4096); err != nil {
				t.Fatal(err)
			}
		}
	}
	for c.Stats().Held > 0 {
		runtime.Gosched()
	}
	ended := make(chan error)
	go func() { ended <- c.Close() }()
	if err := first.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	second := accept(t, l)
	data, err := io.ReadAll(second)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = first.Close(), second.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if want := fmt.Sprintf("%09d", frames-1); !strings.Contains(string(data), want) || !strings.HasPrefix(string(data), "000000000") {
		t.Errorf("%d bytes, and the first or the last frame is not among them", len(data))
	}
}
