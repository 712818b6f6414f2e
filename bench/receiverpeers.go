package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// openPythonReceiver starts CPython's, which prints its port, and then each time that
// so many records are written as its input says.
func openPythonReceiver(file string) (subject, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return subject{}, errAbsent
	}
	cmd := exec.Command(path, "-u", "-c", receiverScript, file, strconv.Itoa(maxBytes), strconv.Itoa(backups))
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		return subject{}, err
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	nc, err := net.Dial("tcp", "127.0.0.1:"+lines.Text())
	if err != nil {
		return subject{}, errors.Join(err, in.Close(), drain(out), cmd.Wait())
	}
	return subject{
		foreign: true,
		run: func(n int) (time.Duration, error) {
			if _, err := fmt.Fprintln(in, n); err != nil {
				return 0, err
			}
			start := time.Now()
			if err := feed(nc, prefixed(pickledRecord), n); err != nil {
				return 0, err
			}
			if !lines.Scan() {
				return 0, errors.Join(io.ErrUnexpectedEOF, lines.Err())
			}
			return time.Since(start), nil
		},
		close: func() error { return errors.Join(nc.Close(), in.Close(), drain(out), cmd.Wait()) },
	}, nil
}

// rsyslogConf is what its manual advises where speed is all.
const rsyslogConf = `
global(workDirectory="%[1]s" net.enableDNS="off" maxMessageSize="8k")
module(load="imptcp" threads="1")
main_queue(queue.type="LinkedList" queue.size="200000" queue.dequeueBatchSize="4096" queue.workerThreads="1")
template(name="line" type="string" string="%%timegenerated:::date-rfc3339%% %%hostname%% %%syslogtag%%%%msg%%\n")
input(type="imptcp" port="%[2]d" address="127.0.0.1")
action(type="omfile" file="%[1]s/app.log" template="line" ioBufferSize="64k")
`

// openRsyslog starts rsyslogd on a port that was free a moment ago.
func openRsyslog(dir, line string) (subject, error) {
	const path = "/usr/sbin/rsyslogd"
	if _, err := os.Stat(path); err != nil {
		return subject{}, errAbsent
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return subject{}, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	conf := filepath.Join(dir, "rsyslog.conf")
	if err := errors.Join(l.Close(), os.WriteFile(conf, fmt.Appendf(nil, rsyslogConf, dir, port), 0o600)); err != nil {
		return subject{}, err
	}
	var said bytes.Buffer
	cmd := exec.Command(path, "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return subject{}, err
	}
	end := func() error {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		return nil
	}
	var nc net.Conn
	for try := 0; ; try++ {
		if nc, err = net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			break
		}
		if try == 500 {
			return subject{}, errors.Join(err, end(), errors.New(said.String()))
		}
		time.Sleep(10 * time.Millisecond)
	}
	file := filepath.Join(dir, "app.log")
	return subject{
		foreign: true,
		run: func(n int) (time.Duration, error) {
			// Its lines are of equal length.
			want := int64(n) * int64(len(lineOfRsyslog(line)))
			if st, err := os.Stat(file); err == nil {
				want += st.Size()
			}
			start := time.Now()
			if err := feed(nc, []byte(line), n); err != nil {
				return 0, err
			}
			return sizeReached(file, want, start)
		},
		close: func() error { return errors.Join(nc.Close(), end()) },
	}, nil
}

// lineOfRsyslog is one as long as those of the template.
func lineOfRsyslog(line string) string {
	_, text, _ := strings.Cut(line, "web-17 ")
	return "2026-11-20T12:00:00.000000+00:00 web-17 " + text
}

// sizeReached waits until a file has grown to a size, and gives the time that it took.
func sizeReached(file string, size int64, start time.Time) (time.Duration, error) {
	for time.Since(start) < time.Minute {
		if st, err := os.Stat(file); err == nil && st.Size() >= size {
			return time.Since(start), nil
		}
		time.Sleep(200 * time.Microsecond)
	}
	return 0, fmt.Errorf("%s has not grown to %d bytes", file, size)
}
