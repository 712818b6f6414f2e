package network

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/wire"
)

func split() fault.Fault {
	toServe := func(ctx context.Context, e *fault.Env) (balance.Result, error) {
		var total balance.Result
		for _, way := range []struct {
			format sluice.Formatter
			socket string
		}{
			{wire.Frame{Formatter: wire.Pickle{}}, overTCP},
			{&wire.Syslog{Framing: wire.FramingNUL}, syslogTCP},
			{&wire.Syslog{Framing: wire.FramingLF, Format: wire.RFC5424}, syslogTCP},
			{&wire.Syslog{Framing: wire.FramingOctet, Format: wire.RFC5424}, syslogTCP},
		} {
			r, err := splitToServe(ctx, e, way.format, way.socket)
			if err != nil {
				return total, err
			}
			total.Add(r)
		}
		return total, nil
	}
	toPeer := func(v receiver, f sluice.Formatter) fault.Peer {
		return v.peer(func(e *fault.Env, l *balance.Ledger, dial func() (net.Conn, error)) error {
			return sendSplit(e, l, f, dial)
		}, readNumbers)
	}
	return fault.Fault{
		ID: "F16", Case: "split", Title: "what is sent to the receiver comes in pieces of 1 to 32 bytes, and lengths and delimiters are cut in two; 5 connections; pickles, and syslog with NUL, LF and octet counting",
		Injector: "connections of the harness, without Nagle's algorithm; one piece of 500 is waited behind",
		Promise:  "None is lost, torn or there twice.",
		Limit:    3 * time.Minute,
		Sluice:   toServe,
		Peers:    []fault.Peer{toPeer(cookbook(), wire.Frame{Formatter: wire.Pickle{}}), toPeer(rsyslogd(), &wire.Syslog{Framing: wire.FramingLF})},
	}
}

func splitToServe(ctx context.Context, e *fault.Env, f sluice.Formatter, socket string) (balance.Result, error) {
	s, err := startServe(ctx, e)
	if err != nil {
		return balance.Result{}, err
	}
	var l balance.Ledger
	if err := sendSplit(e, &l, f, func() (net.Conn, error) { return s.dial(socket) }); err != nil {
		kill(s.cmd)
		return balance.Result{}, err
	}
	all, err := s.stop()
	if err != nil {
		return balance.Result{}, err
	}
	if _, err := readNumbers(&l, s.file); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	r.Equal("written", all.written, r.Found)
	return r, nil
}

// sendSplit sends records over 5 connections at once.
func sendSplit(e *fault.Env, l *balance.Ledger, f sluice.Formatter, dial func() (net.Conn, error)) error {
	const conns = 5
	errs := make([]error, conns)
	var wg sync.WaitGroup
	n := e.Of(1500, 100) / conns
	for i := range conns {
		var pieces []int
		for range 4096 {
			pieces = append(pieces, 1+e.Rand.IntN(1<<(1+e.Rand.IntN(5))))
		}
		wg.Go(func() { errs[i] = sendPieces(l, f, dial, i*n, n, pieces) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// sendPieces sends n records on a connection, and on another one if the receiver ends
// it: what it had been sent on that it was sent.
func sendPieces(l *balance.Ledger, f sluice.Formatter, dial func() (net.Conn, error), first, n int, pieces []int) error {
	c, err := dial()
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	k := 0
	for i := range n {
		id := balance.ID{Seq: first + i}
		data, err := f.AppendRecord(nil, &sluice.Record{Time: time.Now(), Level: sluice.Info, Name: "faults", Message: message(id, 200)})
		if err != nil {
			return err
		}
		l.Accept(id)
		for len(data) > 0 {
			m := min(pieces[k%len(pieces)], len(data))
			k++
			if _, err := c.Write(data[:m]); err != nil {
				next, err := dial()
				if err != nil {
					return err
				}
				_ = c.Close()
				c = next
				break
			}
			data = data[m:]
			if k%500 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}
	return nil
}
