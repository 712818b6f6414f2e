package receive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/sluicelog/sluice"
)

const (
	maxDatagram  = 64 << 10
	packetsAhead = 4096 // datagrams that may wait for the Emitter

	// kernelBuffer must hold a burst while the reader is off the processor.
	kernelBuffer = 4 << 20
)

// packet is a datagram that waits.
type packet struct {
	peer, host string
	data       *[]byte
}

// ServePacket reads datagrams from pcs, UDP or Unix, each of which holds one frame;
// see Options.Framing. pcs are what ListenPacket gave, or any one. They are taken off
// the kernel at once and emitted by another goroutine; 4096 may wait, of which a host
// gets as many as are free, and further ones are dropped, counted and reported. It
// returns ErrServerClosed after Shutdown, and the error of the one of pcs that fails;
// it closes all of them.
func (s *Server) ServePacket(pcs ...net.PacketConn) error {
	for _, pc := range pcs {
		s.begin(pc)
		defer s.end(pc)
		enlarge(pc, kernelBuffer)
	}
	buffers := sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}
	waiting, places := make(chan packet, packetsAhead), newFair(packetsAhead)
	emitted := make(chan struct{})
	go func() {
		defer close(emitted)
		var r sluice.Record
		parser := s.ownParser()
		for p := range waiting {
			s.datagram(p.peer, *p.data, parser, &r)
			buffers.Put(p.data)
			places.leave(p.host)
			if len(waiting) == 0 {
				s.flush(p.peer)
			}
		}
	}()
	ended := make(chan error)
	for _, pc := range pcs {
		go func() {
			err := s.readPackets(pc, waiting, places, &buffers)
			s.lost(pc)
			ended <- err
		}()
	}
	err := ErrServerClosed
	for range pcs {
		if e := <-ended; errors.Is(err, ErrServerClosed) && !errors.Is(e, ErrServerClosed) {
			err = e
			for _, pc := range pcs {
				stop(pc)
			}
		}
	}
	close(waiting)
	<-emitted
	return err
}

func (s *Server) readPackets(pc net.PacketConn, waiting chan<- packet, places *fair, buffers *sync.Pool) error {
	var last net.Addr
	var peer, host string
	in := make([]byte, maxDatagram)
	var look lastLook
	for {
		n, addr, err := pc.ReadFrom(in)
		if err != nil {
			select {
			case <-s.drained:
				late := errors.Is(err, os.ErrDeadlineExceeded)
				if late && look.again(pc.SetReadDeadline, kernelHolds(pc)) {
					continue
				}
				if late || errors.Is(err, net.ErrClosed) {
					return ErrServerClosed
				}
			default:
			}
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("read from %s: %w", pc.LocalAddr(), err)
			}
			if isRefused(err) {
				continue // about a datagram that was sent from this socket earlier
			}
			return fmt.Errorf("read from %s: %w", pc.LocalAddr(), err)
		}
		look.read()
		if last == nil || !sameAddr(last, addr) {
			last, peer = addr, peerName(addr)
			host = hostOf(peer)
		}
		if s.rates.wait(host, false) > 0 {
			s.refuse(peer, ReasonRate, true, fmt.Errorf("datagram dropped: more than %d in a second", s.o.MaxRate))
			continue
		}
		if !places.take(host) {
			s.refuse(peer, ReasonOverflow, true, errors.New("datagram dropped: too many wait already"))
			continue
		}
		data := buffers.Get().(*[]byte)
		*data = append((*data)[:0], in[:n]...)
		waiting <- packet{peer, host, data} // there is a place
	}
}

// lost closes pc and reports what the kernel dropped before it could be read.
func (s *Server) lost(pc net.PacketConn) {
	s.mu.Lock()
	n := kernelDrops(pc)
	s.stats.Lost += n
	delete(s.closers, pc) // or Stats would count it twice
	s.mu.Unlock()
	_ = pc.Close()
	if n > 0 && s.o.OnError != nil {
		s.o.OnError(&Error{"", ReasonOverflow, fmt.Errorf("%d datagrams were lost on %s: the kernel's buffer was full", n, pc.LocalAddr())})
	}
}

// sameAddr spares the text of an address that has just been made.
func sameAddr(a, b net.Addr) bool {
	x, ok := a.(*net.UDPAddr)
	y, also := b.(*net.UDPAddr)
	return ok && also && x.Port == y.Port && x.Zone == y.Zone && x.IP.Equal(y.IP)
}

// datagram checks and delivers one.
func (s *Server) datagram(peer string, data []byte, p Parser, r *sluice.Record) {
	if s.o.Framing == Syslog {
		if len(data) > s.o.MaxFrame {
			s.refuse(peer, ReasonTooLong, true, fmt.Errorf("datagram of %d bytes refused: the limit is %d", len(data), s.o.MaxFrame))
			return
		}
		s.arrived(peer, data, p, r)
		return
	}
	if len(data) < prefixSize {
		s.refuse(peer, ReasonTruncated, true, fmt.Errorf("datagram of %d bytes has no room for its length", len(data)))
		return
	}
	n := uint64(binary.BigEndian.Uint32(data))
	switch got := uint64(len(data) - prefixSize); {
	case n > uint64(s.o.MaxFrame):
		s.refuse(peer, ReasonTooLong, true, fmt.Errorf("frame of %d bytes refused: the limit is %d", n, s.o.MaxFrame))
	case n > got:
		s.refuse(peer, ReasonTruncated, true, fmt.Errorf("datagram ends inside of its frame: %d of %d bytes arrived", got, n))
	case n < got:
		s.refuse(peer, ReasonBad, true, fmt.Errorf("datagram holds %d bytes behind its frame of %d", got-n, n))
	default:
		s.arrived(peer, data[prefixSize:], p, r)
	}
}

// arrived delivers a frame and counts it.
func (s *Server) arrived(peer string, frame []byte, p Parser, r *sluice.Record) {
	if s.frame(peer, frame, p, r) {
		s.emitted.Add(1)
	}
}
