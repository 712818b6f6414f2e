package receive_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/receive"
)

// flooded fills the sockets' buffers by one address and sends 50 datagrams by another
// one after that, before anybody reads; it says how many there were.
func flooded(t *testing.T, pcs []net.PacketConn, network, flooder, steady string) int {
	t.Helper()
	address := pcs[0].LocalAddr().String()
	dial := func(host string) net.Conn {
		d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(host)}}
		c, err := d.Dial(network, address)
		if err != nil {
			t.Skipf("this machine has no address %s: %v", host, err)
		}
		return c
	}
	calm := dial(steady)
	defer calm.Close()
	const flood, ports = 20000, 10
	for range ports { // whatever its ports
		c := dial(flooder)
		for range flood / ports {
			send(t, c, frame("flood"))
		}
		_ = c.Close()
	}
	for range 50 {
		send(t, calm, frame("steady"))
	}
	return flood + 50
}

// TestFloodFillsItsOwnBuffer: what one address sends costs another one nothing, though
// the kernel has no room for it, and what is lost is counted.
func TestFloodFillsItsOwnBuffer(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a buffer for some of the senders")
	}
	for _, c := range []struct{ network, listen, flooder, steady string }{
		{"udp4", "127.0.0.1:0", "127.0.0.2", "127.0.0.1"},
		{"udp", "127.0.0.1:0", "127.0.0.1", "127.0.0.3"},
		{"udp4", ":0", "127.0.0.2", "127.0.0.3"},
	} {
		t.Run(c.network+c.listen, func(t *testing.T) {
			pcs, err := receive.ListenPacket(c.network, c.listen)
			if err != nil {
				t.Fatal(err)
			}
			sent := flooded(t, pcs, "udp4", c.flooder, c.steady)
			u := newServer(receive.Options{})
			served := make(chan error, 1)
			go func() { served <- u.ServePacket(pcs...) }()
			if err := u.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
				t.Error(err)
			}
			st, steady := u.Stats(), 0
			for _, r := range u.Records() {
				if r.Message == "steady" {
					steady++
				}
			}
			if steady != 50 {
				t.Errorf("%d of 50 of the steady address; in all %+v", steady, st)
			}
			if st.Lost == 0 || st.Received+st.Lost != uint64(sent) {
				t.Errorf("%d received and %d lost of %d", st.Received, st.Lost, sent)
			}
		})
	}
}

// TestSpreadOverIPv6: the whole address counts; ::1 is one sender, whatever its ports.
func TestSpreadOverIPv6(t *testing.T) {
	pcs, err := receive.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skip(err)
	}
	u := newServer(receive.Options{})
	served := make(chan error, 1)
	go func() { served <- u.ServePacket(pcs...) }()
	for i := range 20 {
		c, err := net.Dial("udp6", pcs[0].LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		// In order: they are all read by one.
		send(t, c, frame(strings.Repeat("x", i)))
		_ = c.Close()
	}
	if err := u.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
	got := u.Messages()
	if len(got) != 20 {
		t.Fatalf("%d of 20 received", len(got))
	}
	for i, m := range got {
		if len(m) != i {
			t.Errorf("record %d is number %d", i, len(m))
		}
	}
}

// TestBroadcastComesOnce: to all sockets of an address the kernel gives a copy of it.
func TestBroadcastComesOnce(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only of Linux is 127.255.255.255 known to be a broadcast")
	}
	for _, network := range []string{"udp4", "udp"} {
		pcs, err := receive.ListenPacket(network, ":0")
		if err != nil {
			t.Fatal(err)
		}
		u := newServer(receive.Options{})
		served := make(chan error, 1)
		go func() { served <- u.ServePacket(pcs...) }()
		port := pcs[0].LocalAddr().(*net.UDPAddr).Port
		for _, ip := range []net.IP{net.IPv4(127, 255, 255, 255), net.IPv4(127, 0, 0, 1), net.IPv4(127, 1, 2, 3)} {
			c, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: ip, Port: port})
			if err != nil {
				t.Fatal(err)
			}
			send(t, c, frame("to "+ip.String()))
			_ = c.Close()
		}
		if err := u.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-served
		if st := u.Stats(); st.Received != 3 || st.Emitted != 3 {
			t.Errorf("%s: three datagrams, and %+v: %q", network, st, u.Messages())
		}
	}
}

// TestListenPacketIsAlone: an address that is served is nobody else's, and closing one
// socket ends the serving of all.
func TestListenPacketIsAlone(t *testing.T) {
	before := runtime.NumGoroutine()
	host := "127.0.0.1"
	if runtime.GOOS == "linux" {
		host = "127.44.55.68" // of which nothing else takes the port before it is opened again
	}
	pcs, err := receive.ListenPacket("udp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	address := pcs[0].LocalAddr().String()
	for _, pc := range pcs {
		if pc.LocalAddr().String() != address {
			t.Errorf("one of %s listens on %s", address, pc.LocalAddr())
		}
	}
	if _, err := receive.ListenPacket("udp", address); err == nil {
		t.Error("two share an address")
	}
	u := newServer(receive.Options{})
	served := make(chan error, 1)
	go func() { served <- u.ServePacket(pcs...) }()
	last := pcs[len(pcs)-1]
	if err := last.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := <-served; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("ServePacket gave %v", err)
	}
	for _, pc := range pcs {
		if err := pc.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a socket was left open: closing it gave %v", err)
		}
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
	again, err := receive.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	for _, pc := range again {
		_ = pc.Close()
	}
}

// Datagrams of all senders to one address, each of which can flood only its own.
func ExampleListenPacket() {
	var c emittest.Recorder
	s := receive.NewServer(&c, asMessage{}, nil)
	sockets, err := receive.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.ServePacket(sockets...) }()
	conn, err := net.Dial("udp", sockets[0].LocalAddr().String())
	if err != nil {
		log.Fatal(err)
	}
	_, _ = conn.Write([]byte("\x00\x00\x00\x05hello"))
	_ = conn.Close()
	_ = s.Shutdown(context.Background()) // reads what has come
	<-done
	fmt.Println(c.Messages())
	// Output: [hello]
}
