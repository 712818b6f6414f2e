package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/rotate"
	"github.com/sluicelog/sluice/wire"
)

type serveCmd struct {
	TCP      string `name:"tcp" help:"Address for SocketHandler, 127.0.0.1:9020 by default; \"off\": none." default:"127.0.0.1:9020" placeholder:"HOST:PORT" group:"Listening:"`
	UDP      string `name:"udp" help:"Address for DatagramHandler, 127.0.0.1:9021 by default; \"off\": none." default:"127.0.0.1:9021" placeholder:"HOST:PORT" group:"Listening:"`
	Unix     string `help:"Path of a Unix stream socket for SocketHandler(path, None)." placeholder:"PATH" group:"Listening:"`
	Unixgram string `help:"Path of a Unix datagram socket for DatagramHandler(path, None)." placeholder:"PATH" group:"Listening:"`

	SyslogTCP      string `name:"syslog-tcp" help:"Address for syslog over TCP, such as 127.0.0.1:5514." placeholder:"HOST:PORT" group:"Listening:"`
	SyslogUDP      string `name:"syslog-udp" help:"Address for syslog over UDP: Python's SysLogHandler, Go's log/syslog, daemons that forward." placeholder:"HOST:PORT" group:"Listening:"`
	SyslogUnix     string `name:"syslog-unix" help:"Path of a Unix stream socket for syslog." placeholder:"PATH" group:"Listening:"`
	SyslogUnixgram string `name:"syslog-unixgram" help:"Path of a Unix datagram socket for syslog, as /dev/log is." placeholder:"PATH" group:"Listening:"`

	HTTP string `name:"http" help:"Address for records by HTTP, such as 127.0.0.1:9022: Python's HTTPHandler, JSON, NDJSON." placeholder:"HOST:PORT" group:"Listening:"`

	TLSCert     string `name:"tls-cert" help:"Certificate (PEM) with which streams over TCP are TLS." placeholder:"FILE" group:"Security:"`
	TLSKey      string `name:"tls-key" help:"Its key (PEM)." placeholder:"FILE" group:"Security:"`
	TLSClientCA string `name:"tls-client-ca" help:"Certificates (PEM) of those who may sign a client's; then each client must show one." placeholder:"FILE" group:"Security:"`
	TLSUnix     bool   `name:"tls-unix" help:"TLS over Unix stream sockets, too." group:"Security:"`
	HMACKeyFile string `name:"hmac-key-file" help:"Take only records that are signed with the key in this file." placeholder:"FILE" group:"Security:"`

	HTTPTokenFile string `name:"http-token-file" help:"Take only requests with the token in this file, as a bearer token or the password of Basic." placeholder:"FILE" group:"Security:"`

	limits

	Config string `help:"Route records by this configuration, Python's dictConfig in YAML or JSON, instead of by the flags below. It is loaded again when it changes." placeholder:"FILE" group:"Output:"`

	File    string `help:"The file to write; its directory is made if it is not there." default:"logs/sluice.log" group:"Output:"`
	Format  string `help:"The file's lines: logfmt, json, or a format of Python's logging, such as '%(asctime)s %(message)s'." default:"logfmt" placeholder:"FORMAT" group:"Output:"`
	Style   string `help:"How a format of Python's names its fields: ${enum}." enum:"%,{,$" default:"%" group:"Output:"`
	Console string `help:"Print records to standard error, for people: ${enum} (auto: if it is a terminal)." enum:"auto,always,never" default:"auto" group:"Output:"`
	Level   string `help:"The least level to write: a name (INFO) or a number (20)." default:"NOTSET" group:"Output:"`

	waiting

	rotation
}

// Help is the command's longer help.
func (*serveCmd) Help() string {
	return `Without flags it listens on 127.0.0.1, TCP port 9020 and UDP port 9021, and writes to
logs/sluice.log, which rolls over at 10 MiB and keeps 5 old files. Nothing that a record says
is ever run. SIGINT and SIGTERM read what has arrived, and tell what came of it;
SIGHUP opens the file anew, for logrotate; with --config all files, and then loads
the configuration again.`
}

const (
	serveMaxBytes    = 10 << 20
	serveBackupCount = 5
	servePerm        = 0o640
)

// Run serves until a signal comes.
func (c *serveCmd) Run(w world) error {
	outliveReaders()
	if err := c.checkLimits(); err != nil {
		return err
	}
	if c.Config != "" {
		return c.runConfigured(w)
	}
	level, err := parseLevel(c.Level)
	if err != nil {
		return err
	}
	if err := c.checkQueue(); err != nil {
		return err
	}
	if c.When == "" && c.MaxBytes == nil {
		c.MaxBytes = new(size(serveMaxBytes))
	}
	if c.When == "" && c.BackupCount == nil {
		c.BackupCount = new(serveBackupCount)
	}
	format, err := c.formatter()
	if err != nil {
		return err
	}
	if c.Perm == 0 {
		c.Perm = servePerm
	}
	file, err := c.options()
	if err != nil {
		return err
	}
	secure, secrets, err := c.security()
	if err != nil {
		return err
	}
	// An address in use must leave no file behind: listen first.
	in, err := c.listen(secure)
	if err != nil {
		return err
	}
	seen := seenIn(c.File)
	out, err := c.output(w, level, format, file, seen)
	if err != nil {
		in.close()
		return err
	}
	// The file's handler reports to standard error, a kind of error once a second.
	server := c.receivers(out.in, secrets, seen, func(e error) { out.file.HandleError(context.Background(), nil, e) })
	stop := reopen(handlers.File(out.file), func(err error) { out.file.HandleError(context.Background(), nil, err) })
	c.greet(w.stdout, in, fmt.Sprintf("writes them to\n  %s (%s)", absolute(c.File), rolls(file.Policy, file.Retention)), c.where(c.File))
	err = c.serve(w.ctx, server, in)
	stop()
	st := server.stats()
	err = errors.Join(err, out.end(c.DrainTimeout))
	written := handlers.File(out.file).Stats().Lines
	fmt.Fprintln(w.stdout, summary(st, written)+out.dropped())
	return err
}

// secrets are what senders must know.
type secrets struct{ key, token []byte }

// security gives what the flags say of TLS, of signatures and of tokens.
func (c *serveCmd) security() (*tls.Config, secrets, error) {
	secure, err := c.serverTLS()
	if err != nil {
		return nil, secrets{}, err
	}
	key, err := readKey("--hmac-key-file", c.HMACKeyFile)
	if err == nil && key != nil && c.SyslogTCP+c.SyslogUDP+c.SyslogUnix+c.SyslogUnixgram+c.HTTP != "" {
		err = usagef("--hmac-key-file: syslog and HTTP cannot be signed")
	}
	if err != nil {
		return nil, secrets{}, err
	}
	token, err := readKey("--http-token-file", c.HTTPTokenFile)
	return secure, secrets{key, token}, err
}

// receivers give the records that come in to out, but for those that were seen.
func (c *serveCmd) receivers(out sluice.Emitter, known secrets, seen *receive.Seen, report func(error)) *servers {
	options := receive.Options{
		MaxFrame:        int(c.MaxFrame),
		MaxConns:        c.MaxConns,
		MaxConnsPerPeer: c.MaxConnsPerPeer,
		MaxRate:         c.MaxRate,
		Seen:            seen,
		IdleTimeout:     c.IdleTimeout,
		FrameTimeout:    c.FrameTimeout,
		OnError:         func(e *receive.Error) { report(e) },
	}
	options.Token = wire.Secret(known.token)
	server := &servers{pickles: receive.NewServer(out, wire.Pickle{Key: known.key}, &options), requests: receive.NewServer(out, nil, &options)}
	options.Framing = receive.Syslog
	server[syslogs] = receive.NewServer(out, new(wire.Syslog), &options)
	return server
}

// serve serves every listener until ctx ends or one of them fails.
func (c *serveCmd) serve(ctx context.Context, server *servers, in *inputs) error {
	failed := make(chan error, len(in.streams)+len(in.packets))
	var wg sync.WaitGroup
	serve := func(f func() error) {
		wg.Go(func() {
			if err := f(); !errors.Is(err, receive.ErrServerClosed) {
				failed <- err
			}
		})
	}
	for _, l := range in.streams {
		serve(func() error { return server.serve(l) })
	}
	for _, p := range in.packets {
		serve(func() error { return server[p.kind].ServePacket(p.sockets...) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	drain, cancel := context.WithTimeout(context.Background(), c.DrainTimeout)
	defer cancel()
	if e := server.shutdown(drain); e != nil {
		err = errors.Join(err, fmt.Errorf("not everything could be read within %v: %w", c.DrainTimeout, e))
	}
	wg.Wait()
	in.close()
	return err
}

// outputs is where records go.
type outputs struct {
	*queued
	file *sluice.Handler
}

// end waits for what is queued and closes all, each for d at most.
func (o *outputs) end(d time.Duration) error {
	within := func(f func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return f(ctx)
	}
	// A buffered handler leaves its file open.
	file := handlers.File(o.file)
	return errors.Join(within(o.stop), within(o.close), within(func(ctx context.Context) error { return closeAll(ctx, file) }))
}

func (c *serveCmd) output(w world, level sluice.Level, format sluice.Formatter, file *rotate.Options, seen *receive.Seen) (*outputs, error) {
	made, err := makeDir(filepath.Dir(c.File))
	if err != nil {
		return nil, err
	}
	var h *sluice.Handler
	file.NoFollow = true
	file.OnError = func(err error) { h.HandleError(context.Background(), nil, err) }
	f, err := rotate.Open(c.File, file)
	if err != nil {
		if made {
			_ = os.Remove(filepath.Dir(c.File))
		}
		return nil, err
	}
	stream := sluice.NewStreamCloser(f, format)
	if c.Queue != queueOff {
		// The listener flushes whenever the queue runs dry.
		stream = sluice.NewBuffered(f, format, 0)
	}
	var written written
	h = sluice.NewHandler(stream, &sluice.HandlerOptions{Level: level, Filters: []sluice.Filter{written.skip, showID}})
	var terminal *sluice.Handler
	if c.Console == "always" || c.Console == "auto" && isTerminal(w.stderr) {
		console := sluice.NewConsole(&sluice.ConsoleOptions{Color: isTerminal(w.stderr) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", MultiLine: true})
		terminal = sluice.NewHandler(sluice.NewStream(w.stderr, console), &sluice.HandlerOptions{Level: level})
	}
	between, err := c.between(c.File, h, terminal, seen, &written)
	if err != nil {
		return nil, errors.Join(err, h.Close(), f.Close())
	}
	return &outputs{queued: between, file: h}, nil
}

// makeDir makes dir, for its owner and group only, if there is none.
func makeDir(dir string) (made bool, err error) {
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		return false, nil
	}
	return true, os.Mkdir(dir, 0o750)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// greet says where the program listens, what it does with records, by way of which
// queue, and how to try it.
func (c *serveCmd) greet(w io.Writer, in *inputs, does, queue string) {
	fmt.Fprintln(w, "sluice listens for records of Python's logging handlers:")
	for _, l := range in.streams {
		fmt.Fprintf(w, "  %-8s %-22s %s\n", l.Addr().Network(), l.Addr(), l.kind.class("SocketHandler"))
	}
	for _, p := range in.packets {
		fmt.Fprintf(w, "  %-8s %-22s %s\n", p.LocalAddr().Network(), p.LocalAddr(), p.kind.class("DatagramHandler"))
	}
	fmt.Fprintf(w, "and %s\n", does)
	if queue != "" {
		fmt.Fprintf(w, "by way of %s\n", queue)
	}
	fmt.Fprintf(w, "\nTry it from Python:\n\n  import logging, logging.handlers\n  log = logging.getLogger(\"app\")\n  log.addHandler(%s)\n  log.warning(\"hello from %%s\", \"Python\", extra={\"answer\": 42})\n", in.snippet())
	fmt.Fprintf(w, "\nCtrl-C stops it.\n")
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// rolls says in words when a file rolls over.
func rolls(p rotate.Policy, keep rotate.Keep) string {
	switch p := p.(type) {
	case rotate.Size:
		if keep.Backups == 0 || p.MaxBytes == 0 {
			return "never rolls over"
		}
		return fmt.Sprintf("rolls over at %v, keeps %d", size(p.MaxBytes), keep.Backups)
	case rotate.SizeAndTime:
		return fmt.Sprintf("rolls over at %v and %s", size(p.MaxBytes), strings.TrimPrefix(rolls(p.Timed, keep), "rolls over "))
	case rotate.Timed:
		kept := "all"
		if keep.Backups > 0 {
			kept = fmt.Sprint(keep.Backups)
		}
		return fmt.Sprintf("rolls over every %d %s, keeps %s", p.Interval, p.When, kept)
	}
	return "never rolls over"
}

// summary is what became of all records.
func summary(st receive.Stats, written uint64) string {
	var refused uint64
	var why []string
	for reason, n := range st.Refused {
		refused += n
		why = append(why, fmt.Sprintf("%d %s", n, reason))
	}
	sort.Strings(why)
	s := fmt.Sprintf("sluice: %d records came in, %d were written, %d were refused", st.Received, written, refused)
	if len(why) > 0 {
		s += ": " + strings.Join(why, ", ")
	}
	if st.Lost > 0 {
		s += fmt.Sprintf("; %d datagrams were lost before they could be read", st.Lost)
	}
	return s
}

// parseLevel reads a level's name or number.
func parseLevel(s string) (sluice.Level, error) {
	for l := sluice.NotSet; l <= sluice.Critical; l += 10 {
		if strings.EqualFold(s, l.String()) {
			return l, nil
		}
	}
	var n int
	if _, err := fmt.Sscanf(s, "%d", &n); err != nil || fmt.Sprint(n) != s {
		return 0, usagef("--level %s: want NOTSET, DEBUG, INFO, WARNING, ERROR, CRITICAL or a number", s)
	}
	return sluice.Level(n), nil
}
