package sluice_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/sluicelog/sluice"
)

// withoutTime makes the output of examples the same each time.
func withoutTime(_ context.Context, r *sluice.Record) *sluice.Record {
	r = r.Clone()
	r.Time = time.Time{}
	return r
}

func ExampleNewHandler() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{
		Level:   sluice.Debug,
		Filters: []sluice.Filter{withoutTime},
	})
	log := slog.New(h).With(sluice.Name("app.db"))
	log.WithGroup("query").Debug("slow", "took", 1500*time.Millisecond, "rows", 12)
	// Output: level=DEBUG logger=app.db msg=slow query.took=1.5s query.rows=12
}

func ExampleNewJSON() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewJSON(nil)), &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}})
	slog.New(h).WithGroup("request").Warn("slow", "path", "/", "ms", 1500)
	// Output: {"level":"WARNING","msg":"slow","request":{"path":"/","ms":1500}}
}

func ExampleNewConsole() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewConsole(&sluice.ConsoleOptions{MultiLine: true})), &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}})
	slog.New(h).Error("query failed", "rows", 0, sluice.Exc(errors.New("no such table")))
	// Output:
	// ERROR    query failed                           rows=0
	//     *errors.errorString: no such table
}

func ExampleExc() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}})
	slog.New(h).Error("query failed", sluice.Exc(errors.New("no such table")))
	// Output: level=ERROR msg="query failed" exc="*errors.errorString: no such table"
}

func ExampleTee() {
	all := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{Filters: []sluice.Filter{withoutTime}})
	worst := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewJSON(nil)), &sluice.HandlerOptions{Level: sluice.Error, Filters: []sluice.Filter{withoutTime}})
	log := slog.New(sluice.NewHandler(sluice.Tee(all, worst), nil))
	log.Info("one")
	log.Error("two")
	// Output:
	// level=INFO msg=one
	// level=ERROR msg=two
	// {"level":"ERROR","msg":"two"}
}

func ExampleUnder() {
	h := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{
		Filters: []sluice.Filter{sluice.Under("app"), withoutTime},
	})
	slog.New(h).Info("kept", sluice.Name("app.db"))
	slog.New(h).Info("dropped", sluice.Name("application"))
	// Output: level=INFO logger=app.db msg=kept
}

func ExampleToSlog() {
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	h := sluice.NewHandler(sluice.ToSlog(text), nil)
	slog.New(h).Info("through", "n", 1, sluice.Name("app"))
	// Output: level=INFO msg=through n=1 logger=app
}

func ExampleHandlerOptions_onError() {
	full := writerFunc(func([]byte) (int, error) { return 0, errors.New("no space left on device") })
	h := sluice.NewHandler(sluice.NewStream(full, nil), &sluice.HandlerOptions{
		OnError: func(_ context.Context, r *sluice.Record, err error) {
			fmt.Printf("%q was not delivered: %v\n", r.Message, err)
		},
	})
	slog.New(h).Info("hello")
	// Output: "hello" was not delivered: no space left on device
}
