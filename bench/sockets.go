package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/wire"
)

//go:embed testdata/sender.py
var senderScript string

// sockets compares the sending of pickled records over TCP.
func sockets() suite {
	const (
		raw    = "a frame made before, net.TCPConn.Write"
		sync   = "slog + NewSocket"
		ring   = "slog + Ring + Listener + NewSocket with a Buffer"
		python = "CPython SocketHandler"
		one    = "g=1"
	)
	return suite{
		name:  "socket",
		title: "Pickled records over TCP",
		note: "From the logging call on: a message and two attributes, some 600 bytes. The reader, in this process, throws away what it reads. " +
			"Behind the Ring the clock stops when all is sent.",
		base:    raw,
		columns: []column{{name: one, goroutines: 1}},
		mixed:   true,
		contenders: []contender{
			{raw, over(drainTCP, func(d *drained, c column) (subject, error) {
				nc, err := net.Dial("tcp", d.address)
				if err != nil {
					return subject{}, err
				}
				frame, err := wire.Frame{Formatter: wire.Pickle{}}.AppendRecord(nil, ownRecord())
				if err != nil {
					return subject{}, errors.Join(err, nc.Close())
				}
				return closing(c.goroutines, func() { _, _ = nc.Write(frame) }, nc), nil
			})},
			{sync, over(drainTCP, func(d *drained, c column) (subject, error) {
				h, err := remote.NewSocket("127.0.0.1", &d.port, nil)
				if err != nil {
					return subject{}, err
				}
				return closing(c.goroutines, sendOp(h), h), nil
			})},
			{ring, over(drainTCP, openRingSocket)},
			{python, over(drainTCP, func(d *drained, _ column) (subject, error) {
				return openPython(senderScript, "socket", d.address)
			})},
		},
		goals: []goal{
			{cell{sync, one}, cell{python, one}, 1 / 3.5},
			{cell{ring, one}, cell{raw, one}, 1.0 / 6},
			{cell{ring, one}, cell{sync, one}, 1.0 / 6},
		},
	}
}

// sendOp logs the record of those who send.
func sendOp(h slog.Handler) func() {
	ctx, log := context.Background(), slog.New(h).With(sluice.Name("app.service.http"))
	return func() {
		log.LogAttrs(ctx, slog.LevelInfo, "request 12345 handled in 3.2 ms for client 10.0.0.7",
			slog.String("request_id", "a1b2c3d4e5f6"), slog.Int("status", 200))
	}
}

func openRingSocket(d *drained, c column) (subject, error) {
	h, err := remote.NewSocket("127.0.0.1", &d.port, &remote.SocketOptions{Buffer: 64 << 10})
	if err != nil {
		return subject{}, err
	}
	q := queue.NewRing(fileQueueSize, nil)
	l := queue.NewListener(q, []queue.Destination{{Name: "socket", Handler: h}}, nil)
	op := sendOp(queue.NewHandler(q, nil))
	return subject{
		run: func(n int) (time.Duration, error) {
			start := time.Now()
			if err := l.Start(); err != nil {
				return 0, err
			}
			repeat(op, c.goroutines, n)
			err := l.Stop(context.Background())
			return time.Since(start), err
		},
		close: func() error {
			err := errors.Join(q.Close(), h.Close())
			if st := remote.Of(h).Stats(); st.Delivered != st.Accepted {
				err = errors.Join(err, fmt.Errorf("not all sent: %+v", st))
			}
			return err
		},
	}, nil
}
