package handlers_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/rotate"
)

// The pages of docs/handlers show lines of these examples; a test of docs
// compares them.

func ExampleNewStream() {
	none := ""
	h := handlers.NewStream(os.Stdout, &handlers.Options{
		Level:      slog.LevelDebug,
		Formatter:  messageOnly{},
		Terminator: &none,
	})
	slog.New(h).Debug("no newline follows")
	// Output: no newline follows
}

// messageOnly is a Formatter: it makes the bytes of a record, without a terminator.
type messageOnly struct{}

func (messageOnly) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return append(dst, r.Message...), nil
}

func ExampleNewStream_setStream() {
	h := handlers.NewStream(os.Stderr, nil)
	old := h.Emitter().(*sluice.Stream).SetStream(os.Stdout)

	fmt.Println(old == os.Stderr)
	// Output: true
}

func ExampleNewFile() {
	h, err := handlers.NewFile("app.log", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Info("started", "port", 8080)

	show("app.log")
	// Output: level=INFO msg=started port=8080
}

func ExampleNewFile_options() {
	h, err := handlers.NewFile("errors.log", &handlers.FileOptions{
		Mode:  "w",
		Delay: true,
		Options: handlers.Options{
			Level:     slog.LevelError,
			Formatter: sluice.NewJSON(nil),
			OnError: func(_ context.Context, r *sluice.Record, err error) {
				fmt.Fprintln(os.Stderr, "not logged:", err)
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	slog.New(h).Warn("below the level: the file is not made")

	_, err = os.Stat("errors.log")
	fmt.Println(os.IsNotExist(err))
	// Output: true
}

func ExampleNewRotatingFile() {
	h, err := handlers.NewRotatingFile("rotating.log", &handlers.RotatingFileOptions{
		MaxBytes:    100,
		BackupCount: 5,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	for i := range 20 {
		logger.Info("message", "i", i)
	}

	names, _ := filepath.Glob("rotating.log*")
	fmt.Println(strings.Join(names, " "))
	// Output: rotating.log rotating.log.1 rotating.log.2 rotating.log.3 rotating.log.4 rotating.log.5
}

func ExampleNewRotatingFile_namer() {
	h, err := handlers.NewRotatingFile("named.log", &handlers.RotatingFileOptions{
		MaxBytes:    100,
		BackupCount: 5,
		Namer: func(path string) string {
			return filepath.Join(filepath.Dir(path), "old-"+filepath.Base(path))
		},
		Rotator: func(source, dest string) error {
			text, err := os.ReadFile(source)
			if err != nil {
				return err
			}
			if err := os.WriteFile(dest, []byte(strings.ToUpper(string(text))), 0o600); err != nil {
				return err
			}
			return os.Remove(source)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Info("a message of some length, so that the next one does not fit into the file")
	logger.Info("next")

	text, err := os.ReadFile("old-named.log.1")
	fmt.Println(strings.Contains(string(text), "A MESSAGE OF SOME LENGTH"), err)
	// Output: true <nil>
}

func ExampleFile() {
	h, err := handlers.NewRotatingFile("rolled.log", &handlers.RotatingFileOptions{BackupCount: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	slog.New(h).Info("before")
	if err := handlers.File(h).Roll(); err != nil {
		log.Fatal(err)
	}
	slog.New(h).Info("after")

	show("rolled.log.1", "rolled.log")
	// Output:
	// level=INFO msg=before
	// level=INFO msg=after
}

func ExampleNewTimedRotatingFile() {
	h, err := handlers.NewTimedRotatingFile("timed.log", &handlers.TimedRotatingFileOptions{
		When:        "midnight",
		BackupCount: 7,
		UTC:         true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	slog.New(h).Info("started")

	show("timed.log")
	next := handlers.File(h).Stats().Next
	fmt.Println(next.Format(time.TimeOnly), next.Location())
	// Output:
	// level=INFO msg=started
	// 00:00:00 UTC
}

func ExampleNewTimedRotatingFile_atTime() {
	h, err := handlers.NewTimedRotatingFile("weekly.log", &handlers.TimedRotatingFileOptions{
		When:   "W0",
		AtTime: &rotate.TimeOfDay{Hour: 6, Minute: 30},
		UTC:    true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()

	next := handlers.File(h).Stats().Next
	fmt.Println(next.Weekday(), next.Format(time.TimeOnly))
	// Output: Monday 06:30:00
}

func ExampleNewMemory() {
	file, err := handlers.NewFile("memory.log", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	h := handlers.NewMemory(file, &handlers.MemoryOptions{
		Capacity: 100,
		Options:  handlers.Options{Level: slog.LevelDebug},
	})
	defer h.Close() // before the file is: this hands on what is left
	logger := slog.New(h)
	logger.Debug("connecting")
	logger.Info("retrying")
	// Nothing is in the file yet.
	logger.Error("refused")

	show("memory.log")
	// Output:
	// level=DEBUG msg=connecting
	// level=INFO msg=retrying
	// level=ERROR msg=refused
}

func ExampleNewMemory_shouldFlush() {
	h := handlers.NewMemory(handlers.NewStream(os.Stdout, &handlers.Options{Formatter: messageOnly{}}), &handlers.MemoryOptions{
		ShouldFlush: func(held int, r *sluice.Record) bool {
			return held >= 1000 || strings.HasPrefix(r.Message, "end of ")
		},
		Limit: 1000,
	})
	defer h.Close()
	logger := slog.New(h)
	logger.Info("row 1")
	logger.Info("end of transaction")
	// Output:
	// row 1
	// end of transaction
}

func ExampleNewMemory_setTarget() {
	h := handlers.NewMemory(nil, &handlers.MemoryOptions{Limit: 10_000})
	logger := slog.New(h)
	logger.Info("reading the configuration")

	stream := handlers.NewStream(os.Stdout, &handlers.Options{Formatter: messageOnly{}})
	h.Emitter().(*sluice.Memory).SetTarget(stream)
	if err := h.Flush(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output: reading the configuration
}

func ExampleNewNull() {
	logger := slog.New(handlers.NewNull())
	logger.Error("nobody reads this")

	fmt.Println(logger.Enabled(context.Background(), slog.LevelError))
	// Output: false
}
