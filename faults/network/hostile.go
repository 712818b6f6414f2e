package network

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// toLedger is an Emitter that notes the lines of balance among the messages, and
// counts all.
type toLedger struct {
	ledger *balance.Ledger
	mu     sync.Mutex
	stored int
}

func (t *toLedger) Emit(_ context.Context, r *sluice.Record) error {
	t.mu.Lock()
	t.stored++
	t.mu.Unlock()
	if id, ok := balance.ParseLine([]byte(r.Message)); ok && id.Producer == 0 {
		t.ledger.Found([]byte(r.Message))
	}
	return nil
}

func (t *toLedger) Flush(context.Context) error { return nil }
func (t *toLedger) Close() error                { return nil }

func slowSenders() fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "slow-senders", Title: "a thousand connections that announce 4 GiB, send a byte now and then, or say nothing, beside ten good ones",
		Injector: "connections of the harness",
		Promise:  "The good ones get everything stored; memory stays below 64 MiB.",
		Sluice:   runSlowSenders,
	}
}

func runSlowSenders(ctx context.Context, e *fault.Env) (balance.Result, error) {
	var l balance.Ledger
	to := &toLedger{ledger: &l}
	server := receive.NewServer(to, wire.Pickle{}, &receive.Options{MaxConns: 2000})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return balance.Result{}, err
	}
	served := make(chan error, 1)
	go func() { served <- server.ServeSocket(listener) }()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var bad []net.Conn
	for i := range e.Of(1000, 100) {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return balance.Result{}, err
		}
		bad = append(bad, c)
		switch i % 4 {
		case 0:
			_, _ = c.Write([]byte{0xff, 0xff, 0xff, 0xff, '}'})
		case 1:
			_, _ = c.Write([]byte{0, 0x0f, 0xff, 0xff, '}'}) // nearly 1 MiB, which is allowed
		case 2:
			_, _ = c.Write([]byte{0, 0})
		}
	}
	port := listener.Addr().(*net.TCPAddr).Port
	var senders [10]*sender
	var wg sync.WaitGroup
	start := time.Now()
	for i := range senders {
		h, err := remote.NewSocket("127.0.0.1", &port, nil)
		if err != nil {
			return balance.Result{}, err
		}
		n := e.Of(1000, 100)
		senders[i] = &sender{h: h, ledger: &l, next: i * n, size: 200}
		wg.Go(func() {
			for range n {
				senders[i].send(ctx)
			}
			_ = h.Close()
		})
	}
	for _, c := range bad { // a byte of each, meanwhile
		_, _ = c.Write([]byte{'('})
	}
	wg.Wait()
	runtime.ReadMemStats(&after)
	for _, c := range bad {
		_ = c.Close()
	}
	if err := server.Shutdown(ctx); err != nil {
		return balance.Result{}, err
	}
	if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	r.Figure("all were stored after, ms", float64(time.Since(start).Milliseconds()))
	used := float64(after.HeapInuse-min(before.HeapInuse, after.HeapInuse)) / (1 << 20)
	r.Figure("memory, MiB", used)
	if used > 64 {
		r.Break("%.0f MiB in use", used)
	}
	st := server.Stats()
	r.Equal("received = emitted + refused", int(st.Received), int(st.Emitted)+refusedFrames(st))
	return r, nil
}

// refusedFrames are those of the refused that count as received.
func refusedFrames(st receive.Stats) int {
	n := 0
	for reason, k := range st.Refused {
		switch reason {
		case receive.ReasonIdle, receive.ReasonTooMany, receive.ReasonHandshake:
		default:
			n += int(k)
		}
	}
	return n
}

func randomInput() fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "random", Title: "100 000 random datagrams and lines, pickles and syslog",
		Injector: "bytes of a seed, and good records of which some bytes are changed",
		Promise:  "What came in is what was stored and what is counted as refused; the server goes on.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			var total balance.Result
			for _, framing := range []receive.Framing{receive.Prefixed, receive.Syslog} {
				r, err := sendRandom(ctx, e, framing)
				if err != nil {
					return total, err
				}
				total.Add(r)
			}
			return total, nil
		},
	}
}

func sendRandom(ctx context.Context, e *fault.Env, framing receive.Framing) (balance.Result, error) {
	var l balance.Ledger
	to := &toLedger{ledger: &l}
	var parser receive.Parser = wire.Pickle{}
	good := func(id balance.ID) ([]byte, error) {
		return wire.Frame{Formatter: wire.Pickle{}}.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Message: message(id, 100)})
	}
	if framing == receive.Syslog {
		parser = new(wire.Syslog)
		good = func(id balance.ID) ([]byte, error) { return []byte("<14>" + message(id, 100)), nil }
	}
	server := receive.NewServer(to, parser, &receive.Options{Framing: framing})
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return balance.Result{}, err
	}
	served := make(chan error, 1)
	go func() { served <- server.ServePacket(pc) }()
	c, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		return balance.Result{}, err
	}
	n := e.Of(50000, 2000)
	for i := range n {
		id := balance.ID{Seq: i}
		data, err := good(id)
		if err != nil {
			return balance.Result{}, err
		}
		switch e.Rand.IntN(3) {
		case 0:
			l.Accept(id)
		case 1: // in the middle, so that it is not the record that it was
			for range 1 + e.Rand.IntN(8) {
				data[e.Rand.IntN(len(data))] ^= byte(1 + e.Rand.IntN(255))
			}
			l.Refuse(id)
		default:
			data = data[:e.Rand.IntN(len(data))]
			for j := range data {
				data[j] = byte(e.Rand.Uint32())
			}
			l.Refuse(id)
		}
		if _, err := c.Write(data); err != nil {
			return balance.Result{}, err
		}
		// As fast as it is read, so that the kernel drops none.
		for st := server.Stats(); uint64(i) > st.Received+100 && ctx.Err() == nil; st = server.Stats() {
			fault.Wait(ctx, time.Millisecond)
		}
	}
	_ = c.Close()
	if err := server.Shutdown(ctx); err != nil {
		return balance.Result{}, err
	}
	if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	st := server.Stats()
	r.Equal("received, of those sent", int(st.Received+st.Lost), n)
	r.Equal("emitted = stored", int(st.Emitted), to.stored)
	r.Equal("received = emitted + refused", int(st.Received), int(st.Emitted)+refusedFrames(st))
	return r, nil
}

func opcodes() fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "opcodes", Title: "pickles of each byte as an opcode alone, behind each other one, and before an end",
		Injector: "all 65 536 pairs, with and without values in front",
		Promise:  "Each is refused or read; nothing is called, none takes longer than 100 ms or 16 MiB.",
		Seeds:    1,
		Sluice: func(context.Context, *fault.Env) (balance.Result, error) {
			var l balance.Ledger
			var r balance.Result
			var before, after runtime.MemStats
			read := 0
			for a := range 256 {
				runtime.ReadMemStats(&before)
				start := time.Now()
				for b := range 256 {
					for _, front := range []string{"", "}(X\x03\x00\x00\x00msg", "}X\x01\x00\x00\x00aN"} {
						data := append([]byte(front), byte(a), byte(b), '.')
						if _, err := (wire.Pickle{}).ParseRecord(data); err == nil {
							read++
						}
						if _, err := pickle.Decode(binary.LittleEndian.AppendUint32(data[:len(data)-1], 0xffffffff), pickle.Limits{}); err == nil {
							read++
						}
					}
				}
				runtime.ReadMemStats(&after)
				if d := time.Since(start); d > 10*time.Second {
					r.Break("opcode %#x: %v", a, d)
				}
				if mb := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20); mb > 6*256*16 {
					r.Break("opcode %#x: %.0f MiB", a, mb)
				}
			}
			// The parser is as it was.
			id := balance.ID{}
			l.Accept(id)
			data, err := wire.Pickle{}.AppendRecord(nil, &sluice.Record{Message: message(id, 100)})
			if err != nil {
				return r, err
			}
			if record, err := (wire.Pickle{}).ParseRecord(data); err == nil {
				l.Found([]byte(record.Message))
			}
			broken := r.Broken
			r = l.Balance(balance.Counters{})
			r.Broken = append(r.Broken, broken...)
			r.Notes = append(r.Notes, fmt.Sprintf("%d of %d were read", read, 256*256*6))
			return r, nil
		},
	}
}
