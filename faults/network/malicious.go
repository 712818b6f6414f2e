package network

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/parsers"
	"github.com/sluicelog/sluice/wire"
)

func malicious() fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "malicious-pickles", Title: "the 623 golden hostile streams, each byte as an opcode alone, and a pickle of 41 bytes that runs a command, each on a connection of its own to a running receiver",
		Injector: "connections of the harness; a good record on another connection after each",
		Promise:  fmt.Sprintf("Nothing is run, the process lives, its memory stays below %d MiB, and every good record is there, once.", maliciousMemory),
		Needs:    []inject.Need{inject.Linux()},
		Limit:    5 * time.Minute,
		Sluice:   maliciousTo(program("--max-frame", "4M", "--frame-timeout", "1s"), false),
		Peers:    cookbookPeer(maliciousTo(cookbookTarget(4), true)),
	}
}

// maliciousMemory is the bound of the receiver's memory in MiB, with frames of 4 MiB.
const maliciousMemory = 256

// maliciousTo sends to a receiver. sparing spares the machine the golden pickles that run
// something: of them there is only the one that makes a file.
func maliciousTo(start targetFunc, sparing bool) fault.Run {
	return func(ctx context.Context, e *fault.Env) (balance.Result, error) {
		t, err := start(ctx, e)
		if err != nil {
			return balance.Result{}, err
		}
		h := hostility{target: t, e: e, sparing: sparing}
		return h.run()
	}
}

// hostility sends hostile streams to a receiver.
type hostility struct {
	target
	e       *fault.Env
	sparing bool // leave out what calls something
	ledger  balance.Ledger
	open    []net.Conn
}

func (h *hostility) run() (balance.Result, error) {
	streams, err := h.streams()
	if err != nil {
		return balance.Result{}, err
	}
	defer func() {
		for _, c := range h.open {
			_ = c.Close()
		}
	}()
	var found balance.Result
	for i, s := range streams {
		h.send(s.data, s.hang)
		if err := h.good(i); err != nil {
			found.Break("it takes no connection after %d streams", i+1)
			break
		}
	}
	memory(&found, h.pid, maliciousMemory)
	if err := h.stop(); err != nil {
		found.Break("%v", err)
	}
	for _, name := range []string{h.canary(), pwned} {
		if _, err := os.Lstat(name); err == nil {
			found.Break("a command was run")
		}
	}
	if _, err := readSome(&h.ledger, h.file); err != nil {
		return balance.Result{}, err
	}
	r := h.ledger.Balance(balance.Counters{})
	r.Broken = append(found.Broken, r.Broken...)
	r.Worst = found.Worst
	r.Notes = append(r.Notes, fmt.Sprintf("%d hostile streams", len(streams)))
	return r, nil
}

// pwned is what the golden streams make if they are run.
const pwned = "/tmp/pwned"

func (h *hostility) canary() string { return filepath.Join(h.e.Dir, "c") }

// stream is what is sent on a connection.
type stream struct {
	data []byte
	hang bool // nothing follows, and the connection stays
}

func (h *hostility) streams() ([]stream, error) {
	golden, err := parsers.Malicious()
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(pwned); err == nil {
		return nil, errors.New(pwned + " is there already")
	}
	var all []stream
	for _, g := range golden {
		switch {
		case h.sparing && (g.Category == "global-call" || g.Category == "constructor-abuse" || g.Category == "extension"):
		case g.Framing == "stream":
			all = append(all, stream{g.Bytes(), g.Then == "hang"})
		default:
			all = append(all, stream{framed(g.Bytes()), false})
		}
	}
	for op := range 256 {
		all = append(all, stream{framed([]byte{byte(op)}), false}, stream{framed([]byte{byte(op), '.'}), false})
	}
	if h.e.Short {
		h.e.Rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:200]
	}
	// cposix\nsystem\n(S'...'\ntR. in 41 bytes: its command's path may be no longer.
	run := framed([]byte("cposix\nsystem\n(S'>" + h.canary() + "'\ntR."))
	return append(all, stream{run, false}), nil
}

func framed(data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
}

// send sends a stream, and waits until the receiver has done with it.
func (h *hostility) send(data []byte, hang bool) {
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		return // good tells of it
	}
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	_, _ = c.Write(data) // it may have ended the connection
	if hang {
		h.open = append(h.open, c)
		return
	}
	_ = c.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, c)
	_ = c.Close()
}

// good sends a good record.
func (h *hostility) good(i int) error {
	id := balance.ID{Seq: i}
	data, err := wire.Frame{Formatter: wire.Pickle{}}.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Message: message(id, 100)})
	if err != nil {
		return err
	}
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write(data); err != nil {
		return err
	}
	h.ledger.Accept(id)
	return nil
}
