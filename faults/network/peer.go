package network

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/wire"
)

// peer is a receiver of frames that behaves as it is told to, and notes what it reads.
type peer struct {
	net.Listener
	ledger *balance.Ledger
	conns  sync.WaitGroup
	lines  bool // of syslog come, not frames
	behave func(p *peer, c *net.TCPConn)
	taken  atomic.Uint64 // connections

	mu     sync.Mutex
	pieces int // frames that did not come to their end
}

// listen starts one.
func listen(l *balance.Ledger, lines bool, behave func(*peer, *net.TCPConn)) (*peer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &peer{Listener: listener, ledger: l, lines: lines, behave: behave}
	go func() {
		for {
			c, err := p.Accept()
			if err != nil {
				return
			}
			p.conns.Go(func() {
				defer c.Close()
				p.behave(p, c.(*net.TCPConn))
			})
			p.taken.Add(1)
		}
	}()
	return p, nil
}

// wait waits until n connections have been accepted and all of them have ended: a
// sender may have closed one before it was accepted.
func (p *peer) wait(ctx context.Context, n uint64) error {
	if err := fault.Until(ctx, func() bool { return p.taken.Load() >= n }); err != nil {
		return fmt.Errorf("%d of %d connections accepted: %w", p.taken.Load(), n, err)
	}
	p.conns.Wait()
	return nil
}

// next reads one frame or line, and tells whether there was one.
func (p *peer) next(in *bufio.Reader) bool {
	if p.lines {
		return p.readLine(in)
	}
	return p.readFrame(in)
}

// readLine reads up to the NUL of CPython's or the newline of log/syslog.
func (p *peer) readLine(in *bufio.Reader) bool {
	var text []byte
	for {
		c, err := in.ReadByte()
		switch {
		case err != nil:
			if len(text) > 0 {
				p.piece()
			}
			return false
		case c != 0 && c != '\n':
			text = append(text, c)
			continue
		}
		if found := recordLine.Find(text); found != nil {
			p.ledger.Found(found)
		} else {
			p.ledger.Torn(text)
		}
		return true
	}
}

// readFrame reads one frame, and tells whether there was one.
func (p *peer) readFrame(in *bufio.Reader) bool {
	head := make([]byte, 4)
	if _, err := io.ReadFull(in, head); err != nil {
		if !errors.Is(err, io.EOF) {
			p.piece()
		}
		return false
	}
	data := make([]byte, min(binary.BigEndian.Uint32(head), 1<<24))
	if _, err := io.ReadFull(in, data); err != nil {
		p.piece()
		return false
	}
	r, err := wire.Pickle{}.ParseRecord(data)
	if err != nil {
		p.ledger.Torn(data) // a length with something else than a record behind it
		return true
	}
	p.ledger.Found([]byte(r.Message))
	return true
}

func (p *peer) piece() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pieces++
}

// readAll reads what there is to its end.
func (p *peer) readAll(c net.Conn) {
	for in := bufio.NewReader(c); p.next(in); {
	}
}
