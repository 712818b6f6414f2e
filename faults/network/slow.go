package network

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/handlers/remote"
)

// slowMemory is the bound of the receiver's memory in MiB.
const slowMemory = 128

func slowSenders() fault.Fault {
	to := func(start targetFunc) fault.Run {
		return func(ctx context.Context, e *fault.Env) (balance.Result, error) { return runSlowSenders(ctx, e, start) }
	}
	return fault.Fault{
		ID: "F28", Case: "slow-senders", Title: "a thousand connections that announce 4 GiB, or 1 MiB, and send a byte now and then, or say nothing, and a thousand more that all announce 4 GiB, beside ten good ones, to a running receiver",
		Injector: "connections of the harness",
		Promise:  fmt.Sprintf("The good ones get everything stored; the process's memory stays below %d MiB.", slowMemory),
		Needs:    []inject.Need{inject.Linux()},
		Limit:    3 * time.Minute,
		Sluice:   to(program("--max-conns", "4096")),
		Peers:    cookbookPeer(to(cookbookTarget(1 << 10))),
	}
}

func runSlowSenders(ctx context.Context, e *fault.Env, start targetFunc) (balance.Result, error) {
	t, err := start(ctx, e)
	if err != nil {
		return balance.Result{}, err
	}
	var found balance.Result
	bad := badConns(ctx, t.address, e.Of(1000, 100), func(i int) []byte {
		return [][]byte{{0xff, 0xff, 0xff, 0xff, '}'}, {0, 0x0f, 0xff, 0xff, '}'}, {0, 0}, nil}[i%4] // nearly 1 MiB is allowed
	})
	begun := time.Now()
	var l balance.Ledger
	good, err := goodSenders(ctx, t.address, &l, e.Of(1000, 100))
	if err != nil {
		return balance.Result{}, err
	}
	for _, c := range bad { // a byte of each, meanwhile
		_, _ = c.Write([]byte{'('})
	}
	bad = append(bad, badConns(ctx, t.address, e.Of(1000, 100), func(int) []byte { return []byte{0xff, 0xff, 0xff, 0xff, '}'} })...)
	if len(bad) < e.Of(2000, 200) {
		found.Break("it took %d of %d connections within 20 s", len(bad), e.Of(2000, 200))
	}
	good.Wait()
	found.Figure("all were sent after, ms", float64(time.Since(begun).Milliseconds()))
	if mib, err := peak(t.pid, "VmPeak"); err == nil && mib > 64<<10 {
		found.Break("%.0f GiB of addresses", mib/1024)
	}
	memory(&found, t.pid, slowMemory)
	for _, c := range bad {
		_ = c.Close()
	}
	if err := t.stop(); err != nil {
		return balance.Result{}, err
	}
	if _, err := readNumbers(&l, t.file); err != nil {
		return balance.Result{}, err
	}
	r := l.Balance(balance.Counters{})
	r.Broken = append(found.Broken, r.Broken...)
	r.Worst = found.Worst
	return r, nil
}

// badConns makes n connections on which say(i) is said, as far as that is possible in 20
// seconds.
func badConns(ctx context.Context, address string, n int, say func(int) []byte) (all []net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for i := range n {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return all
		}
		_, _ = c.Write(say(i))
		all = append(all, c)
	}
	return all
}

// goodSenders starts ten that send n records each.
func goodSenders(ctx context.Context, address string, l *balance.Ledger, n int) (*sync.WaitGroup, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	wg := new(sync.WaitGroup)
	for i := range 10 {
		h, err := remote.NewSocket(host, port, &remote.SocketOptions{Options: remote.Options{OnError: quiet}})
		if err != nil {
			return nil, err
		}
		s := &sender{h: h, ledger: l, next: i * n, size: 200}
		wg.Go(func() {
			for range n {
				s.send(ctx)
			}
			_ = h.Close()
		})
	}
	return wg, nil
}
