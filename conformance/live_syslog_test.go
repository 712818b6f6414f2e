package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

// daemonLine is what a syslog daemon made of a message.
type daemonLine struct{ Facility, Severity, Time, Host, App, ProcID, Structured, Msg string }

// daemon is a syslog daemon that is running, with the ports it listens on.
type daemon struct {
	dir   string
	ports map[string]int
}

// startDaemon runs a daemon on a configuration in which names of ports and DIR are
// filled in, until the test ends.
func startDaemon(t *testing.T, conf string, ports []string, command func(dir, conf string) *exec.Cmd) *daemon {
	t.Helper()
	d := &daemon{dir: t.TempDir(), ports: map[string]int{}}
	text, err := os.ReadFile(filepath.Join("testdata", "peers", conf))
	if err != nil {
		t.Fatal(err)
	}
	replace := []string{"DIR", d.dir, "LOOPBACK", loopback()}
	for _, name := range ports {
		d.ports[name] = freePort(t)
		replace = append(replace, "\""+name+"\"", "\""+strconv.Itoa(d.ports[name])+"\"", "("+name+")", "("+strconv.Itoa(d.ports[name])+")")
	}
	path := filepath.Join(d.dir, conf)
	if err := os.WriteFile(path, []byte(strings.NewReplacer(replace...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(d.dir, path)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s said: %s", conf, out.Bytes())
		}
	})
	for _, name := range ports[1:] {
		d.until(t, "it listens", func() bool {
			c, err := net.Dial("tcp", net.JoinHostPort(loopback(), strconv.Itoa(d.ports[name])))
			if err == nil {
				_ = c.Close()
			}
			return err == nil
		})
	}
	d.until(t, "its Unix socket is there", func() bool {
		_, err := os.Stat(filepath.Join(d.dir, "log"))
		return err == nil
	})
	return d
}

// until waits for what the daemon does in its own time.
func (d *daemon) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%v have passed, and not: %s", patience, what)
		}
	}
}

// freePort gives a port that nobody uses, for TCP and for UDP.
func freePort(t *testing.T) int {
	t.Helper()
	for {
		l, err := net.Listen("tcp", loopback()+":0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		pc, err := net.ListenPacket("udp", l.Addr().String())
		_ = l.Close()
		if err == nil {
			_ = pc.Close()
			return port
		}
	}
}

// lines gives what the daemon wrote, when it is n lines.
func (d *daemon) lines(t *testing.T, n int) []daemonLine {
	t.Helper()
	var data []byte
	d.until(t, fmt.Sprintf("%d messages are written", n), func() bool {
		data, _ = os.ReadFile(filepath.Join(d.dir, "out"))
		return bytes.Count(data, []byte("\n")) >= n
	})
	var all []daemonLine
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var l daemonLine
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			t.Fatalf("%v: %s", err, in.Bytes())
		}
		all = append(all, l)
	}
	return all
}

// daemonCase is one way to send to a daemon; the handler's messages are two, of two
// levels.
type daemonCase struct {
	port     string // of the daemon; empty: its Unix socket; with a slash: another one
	socktype remote.SockType
	syslog   wire.Syslog
	newline  string // what becomes of one inside of a message; a space: none is sent, since it would end the message
}

const daemonText = "Grüße 日本 \"q\" \\ ]"

func (d *daemon) check(t *testing.T, cases []daemonCase) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %s %s", c.port, c.syslog.Format, c.syslog.Framing), func(t *testing.T) {
			o := &remote.SysLogOptions{SockType: c.socktype, Syslog: c.syslog, Options: remote.Options{Timeout: patience}}
			o.Facility, o.AppName = new(wire.LogLocal3), "myapp"
			o.OnError = func(_ context.Context, _ *sluice.Record, err error) { t.Error(err) }
			if c.syslog.Format == wire.Bare {
				o.Ident = fmt.Sprintf("myapp[%d]: ", os.Getpid())
			}
			address, port := filepath.Join(d.dir, "log"), (*int)(nil)
			if name, ok := strings.CutPrefix(c.port, "/"); ok {
				address = filepath.Join(d.dir, name)
			} else if c.port != "" {
				address, port = loopback(), new(d.ports[c.port])
			}
			h, err := remote.NewSysLog(address, port, o)
			if err != nil {
				t.Fatal(err)
			}
			log := slog.New(h)
			log.Info("one "+daemonText, "n", 1)
			two := "two\nlines"
			if c.newline == " " {
				two = "two lines"
			}
			log.Error(two, "k", daemonText)
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			n += 2
			got := d.lines(t, n)[n-2:]
			checkDaemonLines(t, got, &c, host)
		})
	}
}

func checkDaemonLines(t *testing.T, got []daemonLine, c *daemonCase, host string) {
	t.Helper()
	texts := []string{"one " + daemonText + " n=1", "two" + c.newline + "lines k=" + strconv.Quote(daemonText)}
	structured := [2]string{"-", "-"}
	if c.syslog.Format == wire.RFC5424 {
		texts = []string{"one " + daemonText, "two" + c.newline + "lines"}
		structured = [2]string{`[sluice@32473 n="1"]`, `[sluice@32473 k="Grüße 日本 \"q\" \\ \]"]`}
	}
	for i, l := range got {
		want := daemonLine{"local3", [...]string{"info", "err"}[i], l.Time, l.Host, "myapp", strconv.Itoa(os.Getpid()), structured[i], texts[i]}
		if l.Structured == "" {
			want.Structured = "" // syslog-ng has none in its output
		}
		l.Msg = strings.TrimPrefix(l.Msg, " ") // rsyslog's begins behind the tag's colon
		l.Severity = strings.Replace(l.Severity, "error", "err", 1)
		if l != want {
			t.Errorf("\n got %+v\nwant %+v", l, want)
		}
		if c.syslog.Format != wire.Bare && c.port != "" && l.Host != host {
			t.Errorf("host %q, want %q", l.Host, host)
		}
		if at, err := time.Parse(time.RFC3339Nano, l.Time); err != nil || time.Since(at).Abs() > time.Hour {
			t.Errorf("time %q, %v", l.Time, err)
		}
	}
}

// TestLiveRsyslogd: rsyslogd understands every format over every transport as it was
// meant.
func TestLiveRsyslogd(t *testing.T) {
	path := "/usr/sbin/rsyslogd"
	if _, err := os.Stat(path); err != nil {
		absent(t, "rsyslogd", "rsyslog")
	}
	d := startDaemon(t, "rsyslog.conf", []string{"UDP", "TCP", "NUL"}, func(dir, conf string) *exec.Cmd {
		return exec.Command(path, "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
	})
	const escaped = "#012"
	d.check(t, []daemonCase{
		{"UDP", remote.SockAny, wire.Syslog{}, escaped},
		{"UDP", remote.SockAny, wire.Syslog{Format: wire.RFC3164}, escaped},
		{"UDP", remote.SockAny, wire.Syslog{Format: wire.RFC5424}, escaped},
		{"TCP", remote.SockStream, wire.Syslog{Framing: wire.FramingLF}, escaped},
		{"TCP", remote.SockStream, wire.Syslog{Format: wire.RFC3164}, escaped},
		{"TCP", remote.SockStream, wire.Syslog{Format: wire.RFC3164, Framing: wire.FramingOctet}, escaped},
		{"TCP", remote.SockStream, wire.Syslog{Format: wire.RFC5424}, escaped},
		{"TCP", remote.SockStream, wire.Syslog{Format: wire.RFC5424, Framing: wire.FramingLF}, escaped},
		{"", remote.SockAny, wire.Syslog{}, escaped},
		{"", remote.SockAny, wire.Syslog{Format: wire.RFC3164}, escaped},
		{"/log5424", remote.SockAny, wire.Syslog{Format: wire.RFC5424}, escaped},
	})
	// imptcp, to which Python's NUL is a delimiter beside the newline.
	o := &remote.SysLogOptions{SockType: remote.SockStream, Syslog: wire.Syslog{Ident: "nul[1]: "}, Options: remote.Options{Timeout: patience}}
	h, err := remote.NewSysLog(loopback(), new(d.ports["NUL"]), o)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(h)
	log.Info("one")
	log.Info("two")
	if err := errors.Join(h.Flush(t.Context()), h.Close()); err != nil {
		t.Fatal(err)
	}
	for i, l := range d.lines(t, 24)[22:] {
		if want := [...]string{"one", "two"}[i]; l.App != "nul" || strings.TrimSpace(l.Msg) != want {
			t.Errorf("over imptcp: got %+v, want %s", l, want)
		}
	}
}

// TestLiveSyslogNG: syslog-ng takes Python's NUL for the end of a message, over TCP
// and over a Unix stream to which datagrams fall back, and octet counting.
func TestLiveSyslogNG(t *testing.T) {
	root := os.Getenv("SLUICE_SYSLOG_NG")
	if root == "" {
		absent(t, "syslog-ng in the directory that SLUICE_SYSLOG_NG names", "syslog-ng-core, unpacked by dpkg -x")
	}
	lib := filepath.Join(root, "usr/lib/syslog-ng")
	d := startDaemon(t, "syslog-ng.conf", []string{"UDP", "TCP", "OCTET"}, func(dir, conf string) *exec.Cmd {
		file := func(name string) string { return filepath.Join(dir, name) }
		cmd := exec.Command(filepath.Join(root, "usr/sbin/syslog-ng"), "-F", "--no-caps", "--module-path", filepath.Join(lib, "3.38"),
			"-f", conf, "-R", file("persist"), "-p", file("pid"), "-c", file("ctl"))
		cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+lib)
		return cmd
	})
	d.check(t, []daemonCase{
		{"TCP", remote.SockStream, wire.Syslog{Format: wire.RFC3164, Framing: wire.FramingNUL}, " "},
		{"OCTET", remote.SockStream, wire.Syslog{Format: wire.RFC5424}, "\n"},
		{"TCP", remote.SockStream, wire.Syslog{}, " "},
		{"", remote.SockAny, wire.Syslog{Format: wire.RFC3164}, " "},
		{"", remote.SockAny, wire.Syslog{}, " "},
	})
}
