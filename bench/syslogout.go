package main

import (
	"context"
	"log/slog"
	"log/syslog"
	"net"
	"strings"
	"time"

	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

// syslogMessage makes datagrams of about 200 bytes.
var syslogMessage = strings.Repeat("a message of syslog ", 9)

// syslogOut compares the sending of syslog over UDP.
func syslogOut() suite {
	const (
		raw     = "net.UDPConn.Write"
		lib     = "log/syslog"
		bare    = "NewSysLog, as CPython sends"
		rfc3164 = "NewSysLog, RFC 3164"
		one     = "g=1"
	)
	s := suite{
		name:  "syslog-udp",
		title: "Syslog over UDP, each record sent before the call returns",
		note: "A message of 180 bytes, to a socket of this process that is read. Handle of a slog.Record, without slog.Logger in front. " +
			"CPython's SysLogHandler from Logger.info on, resolved address.",
		base:    raw,
		columns: []column{{name: one, goroutines: 1}},
		mixed:   true,
		contenders: []contender{
			{raw, over(drainUDP, func(d *drained, c column) (subject, error) {
				nc, err := net.Dial("udp", d.address)
				if err != nil {
					return subject{}, err
				}
				packet := []byte("<14>" + syslogMessage + "\x00")
				return closing(c.goroutines, func() { _, _ = nc.Write(packet) }, nc), nil
			})},
			{lib, over(drainUDP, func(d *drained, c column) (subject, error) {
				w, err := syslog.Dial("udp", d.address, syslog.LOG_USER|syslog.LOG_INFO, "bench")
				if err != nil {
					return subject{}, err
				}
				return closing(c.goroutines, func() { _ = w.Info(syslogMessage) }, w), nil
			})},
			{bare, over(drainUDP, openSysLog(wire.Syslog{}))},
			{rfc3164, over(drainUDP, openSysLog(wire.Syslog{Format: wire.RFC3164}))},
			{"CPython SysLogHandler", over(drainUDP, func(d *drained, _ column) (subject, error) {
				return openPython(senderScript, "syslog", d.address)
			})},
		},
	}
	for _, this := range [...]string{bare, rfc3164} {
		s.goals = append(s.goals, goal{cell{this, one}, cell{raw, one}, 1.08}, goal{cell{this, one}, cell{lib, one}, 0.8})
	}
	return s
}

func openSysLog(format wire.Syslog) func(*drained, column) (subject, error) {
	return func(d *drained, c column) (subject, error) {
		h, err := remote.NewSysLog("127.0.0.1", &d.port, &remote.SysLogOptions{Syslog: format})
		if err != nil {
			return subject{}, err
		}
		ctx, r := context.Background(), slog.NewRecord(time.Now(), slog.LevelInfo, syslogMessage, 0)
		return closing(c.goroutines, func() { _ = h.Handle(ctx, r) }, h), nil
	}
}

// twoAttrs are those of records that go over sockets.
func twoAttrs() []slog.Attr {
	return []slog.Attr{slog.String("request_id", "a1b2c3d4e5f6"), slog.Int("status", 200)}
}
