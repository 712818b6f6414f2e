package network

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/internal/freeport"
)

// receiver is a program that takes records and writes their messages to a file.
type receiver struct {
	name, as string
	lines    bool // it takes lines of syslog, not frames
	needs    []inject.Need
	drains   bool // it writes what it has read when it is told to end
	// command gives its command line, and what it prints when it is ready; empty: it
	// is ready when it accepts connections.
	command func(ctx context.Context, e *fault.Env, address, file string) (line []string, ready string, err error)
}

// peer is a run in which send tells the receiver's ledger what it sends, and read what
// is in the file in the end.
func (v receiver) peer(send func(e *fault.Env, l *balance.Ledger, dial func() (net.Conn, error)) error, read func(l *balance.Ledger, file string) (int, error)) fault.Peer {
	return fault.Peer{Name: v.name, As: v.as, Needs: v.needs, Run: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
		own, err := freeport.Hold()
		if err != nil {
			return balance.Result{}, err
		}
		defer func() { _ = own.Close() }()
		address, file := own.Addr().String(), filepath.Join(e.Dir, "log")
		cmd, err := v.start(ctx, e, "", address, file)
		if err != nil {
			return balance.Result{}, err
		}
		var l balance.Ledger
		if err := send(e, &l, func() (net.Conn, error) { return net.Dial("tcp", address) }); err != nil {
			kill(cmd)
			return balance.Result{}, err
		}
		v.end(ctx, cmd)
		_, err = read(&l, file)
		return l.Balance(balance.Counters{}), err
	}}
}

// start starts it, in a network namespace if space is not empty.
func (v receiver) start(ctx context.Context, e *fault.Env, space, address, file string) (*exec.Cmd, error) {
	line, ready, err := v.command(ctx, e, address, file)
	if err != nil {
		return nil, err
	}
	if space != "" {
		line = append([]string{"ip", "netns", "exec", space}, line...)
	}
	cmd := e.Command(ctx, line)
	if ready != "" {
		return startReady(cmd, ready)
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd, fault.Until(ctx, func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// end ends a receiver that has written what it had read, or kills one that has had time
// to.
func (v receiver) end(ctx context.Context, cmd *exec.Cmd) {
	if v.drains {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		return
	}
	fault.Wait(ctx, time.Second)
	kill(cmd)
}

// arrived waits until a file has all that was accepted, which the receiver has in hand
// yet; for a while, since what is lost never comes.
func arrived(ctx context.Context, l *balance.Ledger, file string) {
	want := l.Accepted(func(balance.ID) bool { return true })
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	all := func() bool {
		data, err := os.ReadFile(file)
		if err != nil || bytes.Count(data, []byte("\n")) < len(want) {
			return false // to look for each takes long
		}
		there := map[balance.ID]bool{}
		for line := range bytes.Lines(data) {
			if id, ok := balance.ParseLine(recordLine.Find(line)); ok {
				there[id] = true
			}
		}
		return !slices.ContainsFunc(want, func(id balance.ID) bool { return !there[id] })
	}
	for ctx.Err() == nil && !all() {
		fault.Wait(ctx, 50*time.Millisecond) // and not at all times: the receiver needs a processor
	}
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
}

// cookbook is the receiver of CPython's logging cookbook, which the tests of conformance
// run as well.
func cookbook() receiver {
	script := sync.OnceValues(func() (string, error) {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/sluicelog/sluice/conformance").Output()
		return filepath.Join(strings.TrimSpace(string(dir)), "testdata", "peers", "collect.py"), err
	})
	return receiver{name: "CPython", as: "the cookbook's receiver", needs: []inject.Need{inject.Python()}, command: func(_ context.Context, _ *fault.Env, address, file string) ([]string, string, error) {
		path, err := inject.Look("python3")
		if err != nil {
			return nil, "", err
		}
		collect, err := script()
		return []string{path, "-u", collect, "tcp", address, file, "brief"}, "ready", err
	}}
}

// serve is the program sluice serve.
func serve() receiver {
	return receiver{drains: true, command: func(ctx context.Context, e *fault.Env, address, file string) ([]string, string, error) {
		program, err := e.Program(ctx)
		return []string{program, "serve", "--tcp", address, "--udp", "off", "--file", file, "--max-bytes", "1G", "--max-conns", "4096", "--drain-timeout", "60s"}, "Ctrl-C", err
	}}
}

// rsyslogd is rsyslog's daemon, over TCP.
func rsyslogd() receiver {
	return receiver{name: "rsyslogd", lines: true, needs: []inject.Need{inject.Program("rsyslogd", "rsyslog")}, command: func(_ context.Context, e *fault.Env, address, file string) ([]string, string, error) {
		path, err := inject.Look("rsyslogd")
		if err != nil {
			return nil, "", err
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, "", err
		}
		conf := filepath.Join(e.Dir, "rsyslog.conf")
		text := fmt.Sprintf(`global(workDirectory=%q maxMessageSize="1m")
module(load="imtcp" maxSessions="4096" addtlFrameDelimiter="0")
template(name="message" type="string" string="%%rawmsg%%\n")
ruleset(name="all") { action(type="omfile" file=%q template="message" flushOnTXEnd="on") }
input(type="imtcp" address=%q port=%q ruleset="all")
`, e.Dir, file, host, port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			return nil, "", err
		}
		return []string{path, "-n", "-f", conf, "-i", filepath.Join(e.Dir, "rsyslog.pid")}, "", nil
	}}
}

// startReady starts cmd and waits until it prints a line that contains text.
func startReady(cmd *exec.Cmd, text string) (*exec.Cmd, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), text) {
			return cmd, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s did not start", cmd.Path), cmd.Wait())
}
