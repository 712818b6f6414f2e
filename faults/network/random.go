package network

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/wire"
)

func randomInput() fault.Fault {
	toPeer := func(v receiver, socket string) fault.Peer {
		return v.peer(func(e *fault.Env, l *balance.Ledger, dial func() (net.Conn, error)) error {
			r := randomness{e: e, n: e.Of(25000, 1000), ledger: l}
			return r.send(socket, dial)
		}, readSome)
	}
	return fault.Fault{
		ID: "F28", Case: "random", Title: "100 000 random datagrams, frames and lines, pickles and syslog, a third of them good, to a running receiver",
		Injector: "bytes of a seed, and good records of which some bytes are changed",
		Promise:  "What came in is what was stored and what is counted as refused; the good ones are there, once, but for datagrams that are counted as dropped because they came faster than they were read or written; the process goes on.",
		Limit:    5 * time.Minute,
		Sluice:   randomToServe,
		Peers:    []fault.Peer{toPeer(cookbook(), overTCP), toPeer(rsyslogd(), syslogTCP)},
	}
}

func randomToServe(ctx context.Context, e *fault.Env) (balance.Result, error) {
	s, err := startServe(ctx, e)
	if err != nil {
		return balance.Result{}, err
	}
	r := randomness{e: e, n: e.Of(25000, 1000), ledger: new(balance.Ledger)}
	sockets := []string{overTCP, overUDP, syslogTCP, syslogUDP}
	for _, socket := range sockets {
		if err := r.send(socket, func() (net.Conn, error) { return s.dial(socket) }); err != nil {
			kill(s.cmd)
			return balance.Result{}, err
		}
	}
	var res balance.Result
	memory(&res, s.cmd.Process.Pid, slowMemory)
	all, err := s.stop()
	if err != nil {
		return balance.Result{}, err
	}
	others, err := readSome(r.ledger, s.file)
	if err != nil {
		return balance.Result{}, err
	}
	b := r.ledger.Balance(balance.Counters{})
	b.Broken, b.Worst = append(b.Broken, res.Broken...), res.Worst
	b.Allowed = min(b.Lost, all.lost+all.overflow)
	b.Equal("received, of those sent", all.received+all.lost, len(sockets)*r.n)
	b.Equal("written = received - refused", all.written, all.received-all.refused)
	b.Equal("written", all.written, b.Found+b.Unasked+others)
	b.Notes = append(b.Notes, fmt.Sprintf("%d datagrams were lost in the kernel, %d dropped", all.lost, all.overflow))
	return b, nil
}

// randomness is n inputs for each way, of which a third are good.
type randomness struct {
	e      *fault.Env
	n      int
	next   int
	ledger *balance.Ledger
}

func (r *randomness) send(socket string, dial func() (net.Conn, error)) error {
	c, err := dial()
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for i := range r.n {
		data, err := r.input(socket, i == 0) // by the first one the framing is known
		if err != nil {
			return err
		}
		if _, err := c.Write(data); err != nil {
			next, err := dial()
			if err != nil {
				return err
			}
			_ = c.Close()
			c = next
		}
		if i%20 == 19 && (socket == overUDP || socket == syslogUDP) {
			time.Sleep(time.Millisecond) // the kernel drops what comes faster
		}
	}
	return nil
}

// input is the next one. A bad line of syslog over TCP is one message all the same.
func (r *randomness) input(socket string, good bool) ([]byte, error) {
	id := balance.ID{Seq: r.next}
	r.next++
	data, err := r.record(socket, id)
	if err != nil {
		return nil, err
	}
	rand := r.e.Rand
	switch what := rand.IntN(3); {
	case what == 0 || good:
		r.ledger.Accept(id)
		return framedFor(socket, data), nil
	case what == 1: // so that it is not the record that it was
		for range 1 + rand.IntN(8) {
			data[rand.IntN(len(data))] ^= byte(1 + rand.IntN(255))
		}
	default:
		data = data[:1+rand.IntN(len(data)-1)]
		for j := range data {
			data[j] = byte(rand.Uint32())
		}
	}
	r.ledger.Refuse(id)
	if socket == syslogTCP {
		data = slices.DeleteFunc(data, func(c byte) bool { return c == 0 || c == '\n' || c == '\r' })
		data = append(data, 'x')
	}
	return framedFor(socket, data), nil
}

func (r *randomness) record(socket string, id balance.ID) ([]byte, error) {
	if socket == overTCP || socket == overUDP {
		return wire.Pickle{}.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Message: message(id, 100)})
	}
	return []byte("<14>" + message(id, 100)), nil
}

// framedFor frames a record for a socket.
func framedFor(socket string, data []byte) []byte {
	switch socket {
	case overTCP, overUDP:
		return framed(data)
	case syslogTCP:
		return append(data, '\n')
	}
	return data
}

// readSome gives the ledger the records of a file that has other lines, too, and counts
// those.
func readSome(l *balance.Ledger, file string) (others int, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for text := range bytes.Lines(data) {
		found := recordLine.Find(text)
		if id, ok := balance.ParseLine(found); !ok || id.Producer != 0 {
			others++
			continue
		}
		l.Found(found)
	}
	return others, nil
}
