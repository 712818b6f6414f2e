package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

// syslogScript plays a story of a handler and a daemon on a Unix socket that comes
// and goes.
type syslogScript struct {
	d      *syslogDaemon
	kind   string // of the socket
	conn   net.Conn
	h      *sluice.Handler
	errors int
}

type syslogHeld struct {
	Received []byte
	Errors   *[]string
	Error    *string
	SockType *string
}

func playSyslog(t *testing.T, steps [][]json.RawMessage) error {
	s := &syslogScript{d: newSyslogDaemon(t), kind: "unix-dgram"}
	defer s.d.close()
	defer func() {
		if s.h != nil {
			_ = s.h.Close()
		}
	}()
	constructs := string(steps[0][0]) == `"construct"`
	if !constructs {
		if _, _, err := s.d.listen(s.kind); err != nil {
			return err
		}
		if err := s.construct(s.d.path, nil); err != nil {
			return err
		}
	}
	for i, step := range steps {
		if err := s.step(step); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

func (s *syslogScript) construct(host string, port *int) (err error) {
	o := &remote.SysLogOptions{Syslog: wire.Syslog{Formatter: messageOnly()}}
	o.OnError, o.Timeout = func(context.Context, *sluice.Record, error) {}, patience
	s.h, err = remote.NewSysLog(host, port, o)
	return err
}

// messageOnly is Python's default.
func messageOnly() sluice.Formatter {
	f, err := sluice.NewFormatter("", nil)
	if err != nil {
		panic(err)
	}
	return f
}

func (s *syslogScript) step(step []json.RawMessage) error {
	var words []string
	var held syslogHeld
	for _, raw := range step {
		var word string
		if json.Unmarshal(raw, &word) == nil {
			words = append(words, word)
		} else if err := json.Unmarshal(raw, &held); err != nil {
			return err
		}
	}
	switch words[0] {
	case "construct":
		return s.constructed(&held)
	case "emit":
		return s.emit(words[1], &held)
	case "server-gone":
		s.gone()
		return nil
	case "server-restarts":
		s.gone()
		_, _, err := s.d.listen(s.kind)
		return err
	case "server-starts":
		s.kind = "unix-" + words[1]
		_, _, err := s.d.listen(s.kind)
		return err
	}
	return fmt.Errorf("unknown step %q", words[0])
}

// constructed checks a constructor: for a host that there is not it gives an error,
// for a Unix socket on which nobody listens none.
func (s *syslogScript) constructed(held *syslogHeld) error {
	if held.Error == nil {
		return s.construct(s.d.path, nil)
	}
	if *held.Error != "gaierror" {
		return fmt.Errorf("unknown error %q", *held.Error)
	}
	// No DNS is asked about a label of 64 letters.
	err := s.construct(strings.Repeat("x", 64)+".invalid", new(514))
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return fmt.Errorf("got %w, want an error of the resolver", err)
	}
	return nil
}

func (s *syslogScript) gone() {
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
	s.d.shut()
}

func (s *syslogScript) emit(text string, held *syslogHeld) error {
	if err := s.h.Emit(context.Background(), &sluice.Record{Level: sluice.Error, LevelName: "ERROR", Message: text}); err != nil {
		s.errors++
	}
	if held.Errors != nil && s.errors != len(*held.Errors) {
		return fmt.Errorf("%d errors so far, want %q", s.errors, *held.Errors)
	}
	if held.Received == nil {
		return nil
	}
	got, err := s.receive(len(held.Received))
	if err != nil || !bytes.Equal(got, held.Received) {
		return fmt.Errorf("received %q, %w, want %q", got, err, held.Received)
	}
	if held.SockType != nil && "unix-"+*held.SockType != s.kind {
		return fmt.Errorf("the socket is %s, want %s", s.kind, *held.SockType)
	}
	return nil
}

func (s *syslogScript) receive(n int) ([]byte, error) {
	if s.d.packet != nil {
		return s.d.datagram()
	}
	if s.conn == nil {
		c, err := s.d.accept(patience)
		if err != nil {
			return nil, err
		}
		s.conn = c
	}
	buf := make([]byte, n+1)
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	n, err := s.conn.Read(buf)
	return buf[:n], err
}
