package network

import (
	"context"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/wire"
)

// flooded floods a running receiver by one address while another one sends at a steady
// rate.
func flooded(name, socket, title, promise string) fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "flood-" + name, Title: title,
		Injector: "connections of the harness, from 127.0.0.2 and 127.0.0.1",
		Promise:  promise,
		Needs:    []inject.Need{inject.Linux()}, // it has all of 127.0.0.0/8
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			s, err := startServe(ctx, e)
			if err != nil {
				return balance.Result{}, err
			}
			return runFlood(ctx, e, s, socket)
		},
	}
}

func floodTCP() fault.Fault {
	return flooded("tcp", overTCP, "four connections of one address send as fast as they can, beside one of another that sends 1000 records a second",
		"Of the steady address all are stored, and it is not slowed down to less than nine tenths of its rate.")
}

func floodUDP() fault.Fault {
	return flooded("udp", overUDP, "one address sends datagrams as fast as it can, beside another that sends 1000 a second",
		"Of the steady address nine tenths are stored, and what is not is counted: the flood fills the kernel's buffer of its own socket.")
}

func runFlood(ctx context.Context, e *fault.Env, s *served, socket string) (balance.Result, error) {
	var l balance.Ledger
	stop := make(chan struct{})
	var flood sync.WaitGroup
	flooders := 1
	if socket == overTCP {
		flooders = 4
	}
	counts := make([]int, flooders)
	for i := range flooders {
		c, err := dialFrom("127.0.0.2", socket, s)
		if err != nil {
			return balance.Result{}, err
		}
		flood.Go(func() {
			defer c.Close()
			data, err := framedRecord(balance.ID{Producer: 1, Seq: i}, 200)
			for ; err == nil; counts[i]++ {
				select {
				case <-stop:
					return
				default:
				}
				_, err = c.Write(data)
			}
		})
	}
	fault.Wait(ctx, 500*time.Millisecond)
	c, err := dialFrom("127.0.0.1", socket, s)
	if err != nil {
		return balance.Result{}, err
	}
	n := e.Of(5000, 1000)
	// Who is slowed down by the receiver is held up in Write. What is in the way of the
	// steady one's thread before, or in Write, is the machine, with all that it has to
	// do; and no goroutine waits for another one's turn to end.
	const turns = 32
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(turns))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var held time.Duration
	began := time.Now()
	for i := range n {
		id := balance.ID{Seq: i}
		data, err := framedRecord(id, 200)
		if err != nil {
			return balance.Result{}, err
		}
		fault.Wait(ctx, time.Until(began.Add(time.Duration(i)*time.Millisecond)))
		waited, start := fault.ThreadWait(), time.Now()
		if _, err := c.Write(data); err != nil {
			return balance.Result{}, err
		}
		held += max(0, time.Since(start)-(fault.ThreadWait()-waited))
		l.Accept(id)
	}
	took := time.Since(began)
	close(stop)
	flood.Wait()
	_ = c.Close()
	all, err := s.stop()
	if err != nil {
		return balance.Result{}, err
	}
	if _, err := readSome(&l, s.file); err != nil {
		return balance.Result{}, err
	}
	sent := 0
	for _, k := range counts {
		sent += k
	}
	r := l.Balance(balance.Counters{})
	r.Allowed = min(r.Lost, all.lost, n/10)
	// Nine tenths of the rate are left to who is held up for a ninth of the time.
	if limit := time.Duration(n) * time.Millisecond / 9; held > limit && socket == overTCP {
		r.Break("the steady one was held up for %v with %d records", held, n)
	}
	if socket == overTCP {
		r.Figure("the steady one was held up, s", held.Seconds())
	}
	r.Figure("the steady one took, s", took.Seconds())
	r.Figure("of the steady address, lost, %", 100*float64(r.Lost)/float64(n))
	r.Figure("the flood sent, records a second", float64(sent)/(took+500*time.Millisecond).Seconds())
	r.Figure("of the flood, refused", float64(all.refused))
	r.Figure("lost in the kernel, of both", float64(all.lost))
	return r, nil
}

func framedRecord(id balance.ID, size int) ([]byte, error) {
	return wire.Frame{Formatter: wire.Pickle{}}.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Name: "faults", Message: message(id, size)})
}

// dialFrom connects from an address of this machine.
func dialFrom(host, socket string, s *served) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host)}}
	network := "tcp"
	if socket == overUDP {
		d.LocalAddr, network = &net.UDPAddr{IP: net.ParseIP(host)}, "udp"
	}
	return d.Dial(network, s.addresses[socket])
}
