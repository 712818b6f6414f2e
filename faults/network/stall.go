package network

import (
	"bufio"
	"context"
	"net"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
)

// timeout is the deadline of the calls here.
const timeout = 300 * time.Millisecond

const inTime = "No call blocks longer than its deadline, no half of a frame has another one behind it, and what was not sent is counted. "

// direct is sluice's SocketHandler without Hold, which tries to connect at once.
func direct() contender {
	return socket(remote.SocketOptions{Options: remote.Options{Timeout: timeout, RetryStart: new(time.Duration), OnError: quiet}})
}

func stalled() fault.Fault {
	return fault.Fault{
		ID: "F13", Case: "never-reads", Title: "the peer accepts and never reads",
		Injector: "a listener that reads only after the sender has given up, or a call has taken 5 s",
		Promise:  inTime + "What the peer reads in the end is what was accepted.",
		Sluice:   scene(neverReads).of(direct()),
		Peers:    scene(neverReads).peers(socketHandler(), sysLogHandler(), logSyslog()),
	}
}

func neverReads(ctx context.Context, e *fault.Env, c contender) (balance.Result, error) {
	goOn := make(chan struct{})
	return against(ctx, c, func(p *peer, c *net.TCPConn) {
		<-goOn
		p.readAll(c)
	}, func(s *sender) {
		s.size = 1000 + e.Rand.IntN(60000)
		start := time.Now()
		for s.refused < e.Of(3, 1) && !s.hung && time.Since(start) < 4*hangs {
			s.send(ctx)
		}
		close(goOn)
	}, false)
}

func closing() fault.Fault {
	return fault.Fault{
		ID: "F13", Case: "closes-each", Title: "the peer closes the connection after each record, of which one comes every millisecond",
		Injector: "a listener that reads one frame",
		Promise:  inTime + "Nothing tells of what was sent before the end of a connection was seen: that is open.",
		Sluice:   scene(closesEach).of(direct()),
		Peers:    scene(closesEach).peers(socketHandler(), sysLogHandler(), logSyslog()),
	}
}

func closesEach(ctx context.Context, e *fault.Env, c contender) (balance.Result, error) {
	return against(ctx, c, func(p *peer, c *net.TCPConn) { p.next(bufio.NewReader(c)) }, func(s *sender) {
		s.size = 200 + e.Rand.IntN(2000)
		for range e.Of(2000, 200) {
			s.send(ctx)
			fault.Wait(ctx, time.Millisecond)
		}
	}, true)
}

func resetting() fault.Fault {
	return fault.Fault{
		ID: "F13", Case: "resets", Title: "the peer resets the connection, also inside of a frame",
		Injector: "a listener that reads some bytes and closes with SO_LINGER 0",
		Promise:  inTime + "What was in flight when a connection was reset is open.",
		Sluice:   scene(resets).of(direct()),
		Peers:    scene(resets).peers(socketHandler(), sysLogHandler(), logSyslog()),
	}
}

func resets(ctx context.Context, e *fault.Env, c contender) (balance.Result, error) {
	return against(ctx, c, func(p *peer, c *net.TCPConn) {
		in := bufio.NewReader(c)
		for p.next(in) && in.Buffered() > 4 {
		}
		_ = c.SetLinger(0)
	}, func(s *sender) {
		s.size = 200 + e.Rand.IntN(20000)
		for range e.Of(2000, 200) {
			s.send(ctx)
		}
	}, true)
}

// against sends to a peer that behaves so. open: the promise does not cover what the
// peer did not read.
func against(ctx context.Context, c contender, behave func(*peer, *net.TCPConn), do func(*sender), open bool) (balance.Result, error) {
	var l balance.Ledger
	p, err := listen(&l, c.lines, behave)
	if err != nil {
		return balance.Result{}, err
	}
	defer p.Close()
	s, err := c.open(ctx, "tcp", p.Addr().String())
	if err != nil {
		return balance.Result{}, err
	}
	s.ledger, s.size = &l, 200
	do(s)
	if err := s.close(ctx); err != nil {
		return balance.Result{}, err
	}
	if s.h == nil {
		fault.Wait(ctx, 200*time.Millisecond) // what it has connected is accepted by then
		p.conns.Wait()
	} else if err := p.wait(ctx, remote.Of(s.h).Conn().Stats().Connects); err != nil {
		return balance.Result{}, err
	}
	if open {
		for _, id := range l.Missing() {
			l.Open(id)
		}
	}
	r := l.Balance(balance.Counters{})
	s.counted(&r)
	s.deadline(&r, 2*timeout) // to connect, and to write
	r.Figure("frames that were cut at the end of a connection", float64(p.pieces))
	return r, nil
}
