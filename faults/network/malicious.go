package network

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
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
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			s, err := startServe(ctx, e, "--max-frame", "4M", "--frame-timeout", "1s")
			if err != nil {
				return balance.Result{}, err
			}
			h := hostility{e: e, cmd: s.cmd, address: s.addresses[overTCP], file: s.file, most: maliciousMemory}
			return h.run(ctx, func() error {
				_, err := s.stop()
				return err
			})
		},
		Peers: []fault.Peer{{Name: "CPython", As: "the cookbook's receiver", Needs: []inject.Need{inject.Python(), inject.Program("prlimit", "util-linux")}, Run: maliciousToCookbook}},
	}
}

// maliciousMemory is the bound of the receiver's memory in MiB, with frames of 4 MiB.
const maliciousMemory = 256

// maliciousToCookbook spares the machine the golden pickles that run something: of them
// there is only the one that makes a file.
func maliciousToCookbook(ctx context.Context, e *fault.Env) (balance.Result, error) {
	address, _, err := freeAddress()
	if err != nil {
		return balance.Result{}, err
	}
	v, file := cookbook(), filepath.Join(e.Dir, "log")
	command := v.command
	v.command = func(ctx context.Context, e *fault.Env, address, file string) ([]string, string, error) {
		line, ready, err := command(ctx, e, address, file)
		return append([]string{"prlimit", "--as=" + fmt.Sprint(4<<30), "--core=0"}, line...), ready, err
	}
	cmd, err := v.start(ctx, e, "", address, file)
	if err != nil {
		return balance.Result{}, err
	}
	h := hostility{e: e, cmd: cmd, address: address, file: file, most: maliciousMemory, sparing: true}
	return h.run(ctx, func() error {
		end(ctx, cmd)
		return nil
	})
}

// hostility sends hostile streams to a receiver.
type hostility struct {
	e       *fault.Env
	cmd     *exec.Cmd
	address string
	file    string
	most    int  // MiB
	sparing bool // leave out what calls something
	ledger  balance.Ledger
	open    []net.Conn
}

func (h *hostility) run(ctx context.Context, stop func() error) (balance.Result, error) {
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
	if err := memory(&found, h.cmd.Process.Pid, h.most); err != nil {
		found.Break("it is dead: %v", err)
	}
	if err := stop(); err != nil {
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
	for name, value := range found.Worst {
		r.Figure(name, value)
	}
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
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
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

// readSome gives the ledger the records of a file that has other lines, too.
func readSome(l *balance.Ledger, file string) (others int, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for text := range bytes.Lines(data) {
		id, ok := balance.ParseLine(recordLine.Find(text))
		if !ok || id.Producer != 0 {
			others++
			continue
		}
		l.Found(recordLine.Find(text))
	}
	return others, nil
}
