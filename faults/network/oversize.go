package network

import (
	"context"
	"net"
	"path/filepath"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

func oversize() fault.Fault {
	return fault.Fault{
		ID: "F17", Case: "oversize", Title: "records too long for a datagram among others, over UDP and a Unix socket",
		Injector: "records of up to 300 KiB",
		Promise:  "Each that is too long is refused and counted; the others arrive whole.",
		Sluice: func(_ context.Context, e *fault.Env) (balance.Result, error) {
			var total balance.Result
			for _, network := range []string{"udp", "unixgram"} {
				r, err := sendOversize(e, network)
				if err != nil {
					return total, err
				}
				total.Add(r)
			}
			return total, nil
		},
	}
}

func sendOversize(e *fault.Env, network string) (balance.Result, error) {
	var l balance.Ledger
	address := "127.0.0.1:0"
	if network == "unixgram" {
		address = filepath.Join(e.Dir, "socket")
	}
	pc, err := net.ListenPacket(network, address)
	if err != nil {
		return balance.Result{}, err
	}
	defer pc.Close()
	host, port := address, (*int)(nil)
	if u, ok := pc.LocalAddr().(*net.UDPAddr); ok {
		host, port = "127.0.0.1", &u.Port
	}
	h, err := remote.NewDatagram(host, port, &remote.DatagramOptions{Options: remote.Options{OnError: quiet}})
	if err != nil {
		return balance.Result{}, err
	}
	s := &sender{h: h, ledger: &l}
	buf := make([]byte, 1<<20)
	for range e.Of(300, 100) {
		s.size = 100
		if e.Rand.IntN(3) == 0 {
			s.size += e.Rand.IntN(300 << 10)
		}
		if !s.send(context.Background()) {
			continue
		}
		n, _, err := pc.ReadFrom(buf)
		if err != nil {
			return balance.Result{}, err
		}
		r, err := wire.Pickle{}.ParseRecord(buf[min(4, n):n])
		if err != nil {
			l.Torn(buf[:n])
			continue
		}
		l.Found([]byte(r.Message))
	}
	if err := h.Close(); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	s.counted(&r)
	return r, nil
}
