package sluice_test

import (
	"context"
	"fmt"
	"os"

	"github.com/sluicelog/sluice"
)

func ExampleLoggers() {
	console := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), &sluice.HandlerOptions{
		Level:   sluice.NotSet, // the loggers decide
		Filters: []sluice.Filter{withoutTime},
	})
	loggers := sluice.NewLoggers(nil)
	defer loggers.Close()
	loggers.Set("", sluice.LoggerOptions{Level: new(sluice.Warning), Handlers: []*sluice.Handler{console}})
	loggers.SetLevel("app.db", sluice.Debug)

	loggers.Logger("app").Info("below the root's level")
	loggers.Logger("app.db").Debug("query", "rows", 12)
	loggers.Logger("app.db.pool").Debug("inherits from app.db")
	// Output:
	// level=DEBUG logger=app.db msg=query rows=12
	// level=DEBUG logger=app.db.pool msg="inherits from app.db"
}

// Handlers can be replaced while records are logged, and closed when the last
// record that was given to them has been written.
func ExampleLoggers_Settle() {
	former := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewLogfmt(nil)), nil)
	next := sluice.NewHandler(sluice.NewStream(os.Stdout, sluice.NewJSON(nil)), nil)
	loggers := sluice.NewLoggers(nil)
	loggers.Set("app", sluice.LoggerOptions{Handlers: []*sluice.Handler{former}})

	o := loggers.Options("app")
	o.Handlers = []*sluice.Handler{next}
	loggers.Set("app", o)
	if err := loggers.Settle(context.Background()); err == nil {
		fmt.Println(former.Close())
	}
	fmt.Println(loggers.Close())
	// Output:
	// <nil>
	// <nil>
}
