package network

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/wire"
)

func oversize() fault.Fault {
	return fault.Fault{
		ID: "F17", Case: "oversize", Title: "records too long for a datagram among others, over UDP and a Unix socket",
		Injector: "records of up to 300 KiB",
		Promise:  "Each that is too long is refused and counted; the others arrive whole.",
		Sluice:   scene(oversized).of(datagram()),
		Peers:    scene(oversized).peers(cpython("DatagramHandler", "datagram", false), cpython("SysLogHandler", "syslog-udp", true), logSyslog()),
	}
}

func oversized(ctx context.Context, e *fault.Env, c contender) (balance.Result, error) {
	var total balance.Result
	for _, network := range []string{"udp", "unixgram"} {
		r, err := sendOversize(ctx, e, c, network)
		if err != nil {
			return total, err
		}
		total.Add(r)
	}
	return total, nil
}

func sendOversize(ctx context.Context, e *fault.Env, c contender, network string) (balance.Result, error) {
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
	s, err := c.open(ctx, network, pc.LocalAddr().String())
	if err != nil {
		return balance.Result{}, err
	}
	s.ledger = &l
	// Who took one that is too long without a word is a peer, and its row has no end
	// otherwise; what sluice took is there at once, or as soon as the machine lets it.
	patience := time.Second
	if c.name == "" {
		patience = time.Minute
	}
	buf := make([]byte, 1<<20)
	for range e.Of(300, 100) {
		s.size = 100
		if e.Rand.IntN(3) == 0 {
			s.size += e.Rand.IntN(300 << 10)
		}
		if !s.send(ctx) {
			if s.hung {
				break
			}
			continue
		}
		if err := pc.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return balance.Result{}, err
		}
		n, _, err := pc.ReadFrom(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue // it was taken, and is not there
		}
		if err != nil {
			return balance.Result{}, err
		}
		if text := messageOf(buf[:n], c.lines); text == nil {
			l.Torn(buf[:n])
		} else {
			l.Found(text)
		}
	}
	if err := s.close(ctx); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	s.counted(&r)
	s.deadline(&r, 2*time.Second)
	return r, nil
}

// messageOf is the message in a datagram; nil: there is none.
func messageOf(data []byte, line bool) []byte {
	if line {
		return recordLine.Find(data)
	}
	r, err := wire.Pickle{}.ParseRecord(data[min(4, len(data)):])
	if err != nil {
		return nil
	}
	return []byte(r.Message)
}
