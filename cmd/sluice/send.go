package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

type sendCmd struct {
	TCP      string `name:"tcp" help:"Send to this address over TCP; without any flag to 127.0.0.1:9020." xor:"to" placeholder:"HOST:PORT"`
	UDP      string `name:"udp" help:"Send to this address as datagrams." xor:"to" placeholder:"HOST:PORT"`
	Unix     string `help:"Send to this Unix stream socket." xor:"to" placeholder:"PATH"`
	Unixgram string `help:"Send to this Unix datagram socket." xor:"to" placeholder:"PATH"`

	Count   int           `help:"How many records to send." default:"5"`
	Name    string        `help:"The logger's name." default:"sluice.send"`
	Message string        `arg:"" optional:"" help:"The message of every record, instead of samples." placeholder:"MESSAGE"`
	Timeout time.Duration `help:"How long connecting, and each record, may take." default:"1s"`
}

// Help is the command's longer help.
func (*sendCmd) Help() string {
	return `Each record goes out as Python's SocketHandler or DatagramHandler sends it: four bytes of
length and a pickle. The protocol has no answer: that a record was sent does not say that it
arrived.`
}

// destination gives the network and address that the flags name.
func (c *sendCmd) destination() (network, address string) {
	switch {
	case c.UDP != "":
		return "udp", c.UDP
	case c.Unix != "":
		return "unix", c.Unix
	case c.Unixgram != "":
		return "unixgram", c.Unixgram
	case c.TCP != "":
		return "tcp", c.TCP
	}
	return "tcp", "127.0.0.1:9020"
}

// Run sends the records.
func (c *sendCmd) Run(w world) error {
	if c.Count < 0 {
		return usagef("--count %d: less than 0", c.Count)
	}
	network, address := c.destination()
	conn, err := net.DialTimeout(network, address, c.Timeout)
	if err != nil {
		return fmt.Errorf("nobody takes records at %s: %w", address, err)
	}
	var buf []byte
	for i := range c.Count {
		buf, err = wire.Pickle{}.AppendRecord(append(buf[:0], 0, 0, 0, 0), c.record(i))
		if err == nil {
			binary.BigEndian.PutUint32(buf, uint32(len(buf)-4))
			_ = conn.SetWriteDeadline(time.Now().Add(c.Timeout))
			_, err = conn.Write(buf)
		}
		if err != nil {
			_ = conn.Close()
			return fmt.Errorf("record %d of %d: %w", i+1, c.Count, err)
		}
	}
	if err := conn.Close(); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "sent %d records to %s %s\n", c.Count, network, address)
	return nil
}

// record makes the i-th sample.
func (c *sendCmd) record(i int) *sluice.Record {
	r := &sluice.Record{Time: time.Now(), Name: c.Name}
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r.PC = pcs[0]
	switch i % 5 {
	case 0:
		r.Level, r.Message = sluice.Info, "a plain message"
	case 1:
		r.Level, r.Message = sluice.Debug, "attributes of several types"
		r.Attrs = []slog.Attr{
			slog.Int("answer", 42), slog.Float64("ratio", 0.75), slog.Bool("ready", true),
			slog.Any("point", pyval.Tuple{int64(1), int64(2)}), slog.Any("raw", pyval.Bytes("\x00\xff")),
		}
	case 2:
		r.Level, r.Message = sluice.Warning, "text beyond ASCII: Grüße, 日本, 🙂"
	case 3:
		r.Level, r.Message = sluice.Error, "an error with its text"
		r.ExcText = fmt.Sprintf("%T: %v", &fs.PathError{}, &fs.PathError{Op: "open", Path: "/nowhere", Err: errors.New("no such file or directory")})
	case 4:
		r.Level, r.Message = sluice.Critical, "a message\nof two lines"
	}
	if c.Message != "" {
		r.Message = c.Message
	}
	return r
}
