package conformance

import (
	"context"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// TestLiveDictConfig: three configurations, unchanged, under CPython and under
// sluice, and the same records given to both by one script: the same files, and the
// same mails. Django's documented one with its filters, a QueueHandler with its
// listener as Python documents it, and one of files by day, a memory and mails.
//
// CPython has QueueHandler's keys since 3.12; for an older one the script reads them
// as 3.12 does.
func TestLiveDictConfig(t *testing.T) {
	py := python(t)
	for _, name := range []string{"django", "queue", "mail"} {
		t.Run(name, func(t *testing.T) {
			theirs, theirMails := configured(t, name, func(dir, file string) string {
				cmd := exec.Command(py, filepath.Join("testdata", "peers", "dictconfig.py"), "handle", file, filepath.Join(dir, "admins.log"))
				cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8", "PYTHONUTF8=1")
				var stderr strings.Builder
				cmd.Stderr = &stderr
				if err := cmd.Run(); err != nil {
					t.Fatalf("%v\n%s", err, &stderr)
				}
				return stderr.String()
			})
			ours, ourMails := configured(t, name, func(dir, file string) string { return routedBySluice(t, py, dir, file) })
			if len(theirs) == 0 {
				t.Fatal("CPython wrote nothing")
			}
			for _, file := range slices.Sorted(maps.Keys(theirs)) {
				if ours[file] != theirs[file] {
					t.Errorf("%s: sluice's differs:\n%s\nCPython's is\n%s", file, ours[file], theirs[file])
				}
			}
			if len(ours) != len(theirs) {
				t.Errorf("sluice has %v, CPython %v", slices.Sorted(maps.Keys(ours)), slices.Sorted(maps.Keys(theirs)))
			}
			if !slices.Equal(ourMails, theirMails) || (name == "mail") != (len(theirMails) > 0) {
				t.Errorf("sluice mailed\n%s\nCPython\n%s", strings.Join(ourMails, "\n"), strings.Join(theirMails, "\n"))
			}
		})
	}
}

var (
	mailDate = regexp.MustCompile(`(?m)^Date: .*\r\n`)
	rcpt     = regexp.MustCompile(`(?i)^RCPT TO:`)
)

// configured runs handle with a directory and the configuration for it, and gives the
// files there and what handle printed; and the mails.
func configured(t *testing.T, name string, handle func(dir, file string) string) (files map[string]string, mails []string) {
	t.Helper()
	server, err := newSMTPServer(smtpScript{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(server.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "config", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "config.json")
	text = []byte(strings.NewReplacer("$DIR", dir, "$PORT", port).Replace(string(text)))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	if said := handle(dir, file); said != "" {
		files["stderr"] = said
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	for _, session := range server.close() {
		for _, line := range session {
			switch {
			case line[0] == "DATA":
				mails = append(mails, mailDate.ReplaceAllString(line[1], "Date: then\r\n"))
			case rcpt.MatchString(line[1]):
				mails = append(mails, strings.ToLower(line[1]))
			}
		}
	}
	return files, mails
}

// routedBySluice receives the script's records and hands them to the configuration.
func routedBySluice(t *testing.T, py, dir, file string) string {
	t.Helper()
	stderr, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stderr.Close() }()
	sys, err := config.LoadFile(file, djangoProject(filepath.Join(dir, "admins.log"), stderr))
	if err != nil {
		t.Fatal(err)
	}
	server := receive.NewServer(sys.Loggers(), wire.Pickle{}, &receive.Options{OnError: func(e *receive.Error) { t.Error(e) }})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.ServeSocket(l) }()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if out, err := exec.Command(py, filepath.Join("testdata", "peers", "dictconfig.py"), "send", port).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := server.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	<-served
	if err := sys.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(stderr.Name())
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// djangoProject has what the configurations name and Python would import.
func djangoProject(admins string, stderr io.Writer) *config.Options {
	// What no handler takes goes to standard error, too.
	bare, _ := sluice.NewFormatter("", nil)
	last := sluice.NewHandler(sluice.NewStream(stderr, bare), &sluice.HandlerOptions{Level: sluice.Warning})
	return &config.Options{
		Loggers: sluice.NewLoggers(&sluice.LoggersOptions{LastResort: last}),
		Streams: map[string]io.Writer{"sys.stderr": stderr},
		Filters: map[string]config.FilterClass{
			"project.logging.SpecialFilter": func(b *config.Builder) (sluice.Filter, error) {
				var a struct {
					Foo string `json:"foo" config:"required"`
				}
				err := b.Decode(&a)
				return func(_ context.Context, r *sluice.Record) *sluice.Record {
					if a.Foo != "bar" || strings.HasPrefix(r.Message, "special") {
						return nil
					}
					return r
				}, err
			},
			"django.utils.log.RequireDebugTrue": func(*config.Builder) (sluice.Filter, error) {
				return func(_ context.Context, r *sluice.Record) *sluice.Record { return r }, nil
			},
		},
		Classes: map[string]config.Class{
			"django.utils.log.AdminEmailHandler": func(b *config.Builder) (config.Open, error) {
				return func() (sluice.Emitter, func() sluice.Stats, error) {
					h, err := handlers.NewFile(admins, &handlers.FileOptions{Options: handlers.Options{Formatter: b.Formatter(), OnError: b.OnError}})
					if err != nil {
						return nil, nil, err
					}
					return h.Emitter(), nil, nil
				}, b.Decode(&struct{}{})
			},
		},
		Queues: map[string]config.QueueClass{
			"my.module.queue_factory": func(*config.Builder) (func() (queue.Queue, error), error) {
				return func() (queue.Queue, error) { return queue.NewRing(0, nil), nil }, nil
			},
		},
	}
}
