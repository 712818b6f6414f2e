package docs_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/rotate"
	"github.com/sluicelog/sluice/wire"
)

// inDir makes a new directory the working directory, until it is told to leave.
func inDir() (leave func()) {
	was, err := os.Getwd()
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "sluice")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil {
		log.Fatal(err)
	}
	return func() {
		if err := errors.Join(os.Chdir(was), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
}

// What the README shows: a handler.
func Example_handler() {
	defer inDir()()
	h, err := handlers.NewRotatingFile("app.log", &handlers.RotatingFileOptions{MaxBytes: 10 << 20, BackupCount: 5})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h).With(sluice.Name("app.db"))
	logger.Info("connected", "host", "db1", "took", 12*time.Millisecond)

	line, err := os.ReadFile("app.log")
	_, line, _ = bytes.Cut(line, []byte(" ")) // without the time
	fmt.Printf("%s%v\n", line, err)
	// Output:
	// level=INFO logger=app.db msg=connected host=db1 took=12ms
	// <nil>
}

// What the README shows: a file.
func Example_file() {
	defer inDir()()
	f, err := rotate.Open("access.log", &rotate.Options{
		Policy:    rotate.Timed{When: "midnight"},
		Retention: rotate.Keep{Backups: 7},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	logger := slog.New(slog.NewJSONHandler(f, nil))
	logger.Info("started")

	line, err := os.ReadFile("access.log")
	fmt.Println(bytes.HasSuffix(line, []byte(`"level":"INFO","msg":"started"}`+"\n")), err)
	// Output: true <nil>
}

// What receiver.md shows, with a sender that speaks as Python's does.
func Example_receiver() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go send(l.Addr().String(), &sluice.Record{
		Level: sluice.Warning, Name: "app.db", Message: "slow query",
		Attrs: []slog.Attr{slog.String("table", "users")},
	})

	format, err := sluice.NewFormatter("%(levelname)s:%(name)s:%(message)s table=%(table)s", nil)
	if err != nil {
		log.Fatal(err)
	}
	h := handlers.NewStream(os.Stdout, &handlers.Options{Level: sluice.NotSet, Formatter: format})
	defer h.Close()
	server := receive.NewServer(h, wire.Pickle{}, &receive.Options{
		OnError: func(e *receive.Error) { fmt.Fprintln(os.Stderr, e) },
	})
	served := make(chan error)
	go func() { served <- server.ServeSocket(l) }()

	for server.Stats().Received == 0 {
		runtime.Gosched()
	}

	// When it is time to stop:
	if err := server.Shutdown(context.Background()); err != nil {
		log.Println(err)
	}
	if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
		log.Println(err)
	}
	// Output: WARNING:app.db:slow query table=users
}

// send sends r as Python's SocketHandler does.
func send(addr string, r *sluice.Record) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	frame, err := wire.Pickle{}.AppendRecord(make([]byte, 4), r)
	if err != nil {
		log.Fatal(err)
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	if _, err := conn.Write(frame); err != nil {
		log.Fatal(err)
	}
}
