package main

import (
	"errors"
	"io"
	"net"
	"runtime"
	"time"

	"github.com/sluicelog/sluice"
)

// ownRecord is a usual record of this process: a message and two attributes.
func ownRecord() *sluice.Record {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	return &sluice.Record{
		Time: time.Now(), Level: sluice.Info, Name: "app.service.http", PC: pcs[0],
		Message: "request 12345 handled in 3.2 ms for client 10.0.0.7",
		Attrs:   twoAttrs(),
	}
}

// drained is a reader of all that comes to an address of this machine.
type drained struct {
	address string
	port    int
	close   func() error
}

// drainTCP reads and throws away.
func drainTCP() (*drained, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 256<<10)
				for err := error(nil); err == nil; {
					_, err = c.Read(buf)
				}
			}()
		}
	}()
	return &drained{l.Addr().String(), l.Addr().(*net.TCPAddr).Port, func() error {
		err := l.Close()
		<-ended
		return err
	}}, nil
}

// drainUDP reads and throws away.
func drainUDP() (*drained, error) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	_ = c.SetReadBuffer(4 << 20)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 64<<10)
		for {
			if _, _, err := c.ReadFromUDPAddrPort(buf); err != nil {
				return
			}
		}
	}()
	return &drained{c.LocalAddr().String(), c.LocalAddr().(*net.UDPAddr).Port, func() error {
		err := c.Close()
		<-ended
		return err
	}}, nil
}

// over opens a contender beside a reader of its own.
func over(drain func() (*drained, error), open func(d *drained, c column) (subject, error)) func(column) (subject, error) {
	return func(c column) (subject, error) {
		d, err := drain()
		if err != nil {
			return subject{}, err
		}
		s, err := open(d, c)
		if err != nil {
			return s, errors.Join(err, d.close())
		}
		end := s.close
		s.close = func() error {
			if end == nil {
				return d.close()
			}
			return errors.Join(end(), d.close())
		}
		return s, nil
	}
}

// closing makes a subject of op that closes c in the end.
func closing(goroutines int, op func(), c io.Closer) subject {
	s := operation(goroutines, op)
	s.close = c.Close
	return s
}
