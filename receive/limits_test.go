package receive_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice/receive"
)

func TestTooManyConnections(t *testing.T) {
	inBubble(t, receive.Options{MaxConns: 2}, func(t *testing.T, u *under, p *pipes) {
		a, b, c := p.dial(), p.dial(), p.dial()
		synctest.Wait()
		if _, err := c.Write([]byte("x")); err == nil {
			t.Error("the third connection is open")
		}
		send(t, a, frame("a"))
		_ = b.Close()
		synctest.Wait()
		d := p.dial()
		send(t, d, frame("d"))
		synctest.Wait()
		if got := u.Messages(); !reflect.DeepEqual(got, []string{"a", "d"}) {
			t.Errorf("received %q, want a and d", got)
		}
		if got := u.reasons(); !reflect.DeepEqual(got, []string{"too many"}) {
			t.Errorf("refused %q", got)
		}
	})
}

// TestMemoryGrowsWithArrivedBytes: many peers that announce much and send
// little.
func TestMemoryGrowsWithArrivedBytes(t *testing.T) {
	inBubble(t, receive.Options{MaxFrame: 1 << 30, MaxConns: 200}, func(t *testing.T, u *under, p *pipes) {
		var m0, m1 runtime.MemStats
		runtime.ReadMemStats(&m0)
		var conns []net.Conn
		for range 200 {
			c := p.dial()
			send(t, c, []byte{0x3f, 0xff, 0xff, 0xff, 'x'})
			conns = append(conns, c)
		}
		synctest.Wait()
		runtime.ReadMemStats(&m1)
		if grown := m1.TotalAlloc - m0.TotalAlloc; grown > 200*(100<<10) {
			t.Errorf("%d bytes allocated for 200 announced gigabytes of which one byte each arrived", grown)
		}
		for _, c := range conns {
			_ = c.Close()
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add(frames("one", "two"), uint8(1))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, uint8(0))
	f.Add([]byte{0, 0, 0, 5, 'x'}, uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		inBubble(t, receive.Options{MaxFrame: 1000}, func(t *testing.T, u *under, p *pipes) {
			c := p.dial()
			for rest := data; len(rest) > 0; {
				n := min(int(step)+1, len(rest))
				if _, err := c.Write(rest[:n]); err != nil {
					break
				}
				rest = rest[n:]
			}
			_ = c.Close()
			synctest.Wait()
			good := 0
			for rest := data; len(rest) >= 4; {
				n := int(binary.BigEndian.Uint32(rest))
				if n > 1000 || len(rest) < 4+n {
					break
				}
				if s := string(rest[4 : 4+n]); s != "bad" && s != "panic" {
					good++
				}
				rest = rest[4+n:]
			}
			if got := len(u.Messages()); got < good {
				t.Errorf("%d records received, want at least the %d whole ones in front", got, good)
			}
		})
	})
}

// TestLostDatagramsAreCounted: what the kernel drops while nobody reads is told.
func TestLostDatagramsAreCounted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what it drops")
	}
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.(*net.UDPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const sent = 500
	for range sent {
		send(t, c, frame("a record that fills the buffer"))
	}
	u := newServer(receive.Options{})
	served := make(chan error, 1)
	go func() { served <- u.ServePacket(pc) }()
	if err := u.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
	st := u.Stats()
	if st.Lost == 0 || st.Received+st.Lost != sent {
		t.Errorf("%d received and %d lost of %d", st.Received, st.Lost, sent)
	}
	if got := u.reasons(); len(got) != 1 || !strings.Contains(u.errors[0].Error(), fmt.Sprint(st.Lost)) {
		t.Errorf("reported %v, want the %d that were lost", u.errors, st.Lost)
	}
}

// TestPeersHaveLimitsOfTheirOwn: one address cannot take all connections.
func TestPeersHaveLimitsOfTheirOwn(t *testing.T) {
	u := newServer(receive.Options{MaxConnsPerPeer: 2})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- u.ServeSocket(l) }()
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	other := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	c, err := other.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Skipf("this system has one loopback address: %v", err)
	}
	defer c.Close()
	send(t, c, frame("from another address"))
	for u.Stats().Received == 0 || len(u.reasons()) == 0 {
		runtime.Gosched()
	}
	if got := u.reasons(); !reflect.DeepEqual(got, []string{"too many"}) || u.Stats().Conns != 3 {
		t.Errorf("refused %q, %d connections", got, u.Stats().Conns)
	}
	_ = u.Shutdown(t.Context())
	<-served
}
