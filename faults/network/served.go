package network

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/sluicelog/sluice/faults/fault"
)

// served is a running sluice serve.
type served struct {
	cmd       *exec.Cmd
	out       *bufio.Scanner
	file      string
	addresses map[string]string // by network and Python's class
}

// startServe starts the program on sockets of 127.0.0.1 for pickles and syslog, over TCP
// and UDP. more are further flags.
func startServe(ctx context.Context, e *fault.Env, more ...string) (*served, error) {
	program, err := e.Program(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(e.Dir, "serve-")
	if err != nil {
		return nil, err
	}
	s := &served{file: filepath.Join(dir, "log"), addresses: map[string]string{}}
	free := "127.0.0.1:0"
	s.cmd = e.Command(ctx, append([]string{program, "serve", "--tcp", free, "--udp", free, "--syslog-tcp", free, "--syslog-udp", free,
		"--file", s.file, "--max-bytes", "4G", "--console", "never", "--drain-timeout", "60s"}, more...))
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for s.out = bufio.NewScanner(out); s.out.Scan(); {
		words := strings.Fields(s.out.Text())
		switch {
		case strings.Contains(s.out.Text(), "Ctrl-C"):
			return s, nil
		case len(words) == 3:
			s.addresses[words[0]+" "+words[2]] = words[1]
		}
	}
	return nil, errors.Join(errors.New("sluice serve did not start"), s.cmd.Wait())
}

var summary = regexp.MustCompile(`^sluice: (\d+) records came in, (\d+) were written, (\d+) were refused`)

var overflow = regexp.MustCompile(`[:,] (\d+) overflow`)

// sum is what the program says of all that came.
type sum struct {
	received, written, refused int
	overflow                   int // of those refused, datagrams for which there was no place
	lost                       int // datagrams, by the kernel
}

// stop stops it as one does, and reads what it says at the end.
func (s *served) stop() (sum, error) {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return sum{}, err
	}
	var all sum
	said := false
	for s.out.Scan() {
		m := summary.FindStringSubmatch(s.out.Text())
		if m == nil {
			continue
		}
		said = true
		all.received, _ = strconv.Atoi(m[1])
		all.written, _ = strconv.Atoi(m[2])
		all.refused, _ = strconv.Atoi(m[3])
		if m := overflow.FindStringSubmatch(s.out.Text()); m != nil {
			all.overflow, _ = strconv.Atoi(m[1])
		}
		if _, rest, ok := strings.Cut(s.out.Text(), "; "); ok {
			_, _ = fmt.Sscanf(rest, "%d datagrams were lost", &all.lost)
		}
	}
	if err := s.cmd.Wait(); err != nil {
		return all, fmt.Errorf("sluice serve: %w", err)
	}
	if !said {
		return all, errors.New("sluice serve ended without a word")
	}
	return all, nil
}

func (s *served) dial(socket string) (net.Conn, error) {
	network, _, _ := strings.Cut(socket, " ")
	return net.Dial(network, s.addresses[socket])
}

// The sockets of a served.
const (
	overTCP   = "tcp SocketHandler"
	overUDP   = "udp DatagramHandler"
	syslogTCP = "tcp SysLogHandler"
	syslogUDP = "udp SysLogHandler"
)
