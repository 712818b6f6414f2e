package config_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
)

func ExampleLoad() {
	sys, err := config.Load("logging.yaml", []byte(`
version: 1
formatters:
  brief: {format: "%(levelname)s %(name)s: %(message)s"}
handlers:
  out: {class: logging.StreamHandler, stream: ext://sys.stdout, formatter: brief}
loggers:
  app.db: {level: WARNING}
root: {level: INFO, handlers: [out]}
`), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Shutdown(context.Background())
	sys.Logger("app").Info("started")
	sys.Logger("app.db").Info("not shown")
	// Output: INFO app: started
}

func ExampleLoad_errors() {
	_, err := config.Load("logging.yaml", []byte(`
version: 1
handlers:
  file:
    class: logging.handlers.RotatingFileHandler
    filename: app.log
    maxBytes: 10 MB
    backupCout: 3
root: {handlers: [fiel]}
`), nil)
	fmt.Println(err)
	// Output:
	// logging.yaml:7:15: handlers.file.maxBytes: "10 MB" is not an integer
	// logging.yaml:8:5: handlers.file.backupCout: unknown key; did you mean backupCount?
	// logging.yaml:9:19: root.handlers: there is no handler "fiel"; did you mean file?
}

func ExampleLoadFile() {
	starter := `{"version": 1, "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}}, "root": {"handlers": ["out"]}}`
	if err := os.WriteFile("logging.json", []byte(starter), 0o600); err != nil {
		log.Fatal(err)
	}
	defer os.Remove("logging.json")

	sys, err := config.LoadFile("logging.json", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Shutdown(context.Background())
	sys.Logger("app.db").Warn("slow query")
	// Output: slow query
}

func ExampleSystem_Reload() {
	text := "version: 1\nhandlers: {out: {class: logging.StreamHandler, stream: ext://sys.stdout}}\nroot: {handlers: [out], level: %s}"
	sys, err := config.Load("logging.yaml", fmt.Appendf(nil, text, "WARNING"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Shutdown(context.Background())
	logger := sys.Logger("app")
	logger.Info("not shown")
	if err := sys.Reload(context.Background(), "logging.yaml", fmt.Appendf(nil, text, "INFO")); err != nil {
		log.Fatal(err)
	}
	logger.Info("shown")
	err = sys.Reload(context.Background(), "logging.yaml", fmt.Appendf(nil, text, "LOUD"))
	logger.Info("still shown", "err", err)
	// Output:
	// shown
	// still shown
}

func ExampleCheck() {
	report, err := config.Check("logging.yaml", []byte(`
version: 1
handlers:
  file: {class: logging.handlers.RotatingFileHandler, filename: app.log, maxBytes: 1000000}
  spare: {class: logging.StreamHandler}
root: {level: INFO, handlers: [file]}
`), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range report.Warnings {
		fmt.Printf("%d: %s: %s\n", w.Line, w.Path, w.Message)
	}
	fmt.Println(report.Tree.Logger("root").Handlers)
	// Output:
	// 4: handlers.file.maxBytes: without backupCount the file never rolls over: it grows beyond maxBytes
	// 5: handlers.spare: no logger and no other handler uses it
	// [file]
}

// upper writes in capitals.
type upper struct{ w io.Writer }

func (u upper) Write(p []byte) (int, error) {
	_, err := u.w.Write(bytes.ToUpper(p))
	return len(p), err
}

func ExampleOptions() {
	o := &config.Options{Classes: map[string]config.Class{
		"myproject.log.UpperHandler": func(b *config.Builder) (config.Open, error) {
			var args struct {
				Stream config.StreamRef `json:"stream" config:"required"`
			}
			err := b.Decode(&args)
			return func() (sluice.Emitter, func() sluice.Stats, error) {
				return sluice.NewStream(upper{args.Stream.Writer}, b.Formatter()), nil, nil
			}, err
		},
	}}
	sys, err := config.Load("logging.yaml", []byte(`
version: 1
handlers: {loud: {class: myproject.log.UpperHandler, stream: ext://sys.stdout}}
root: {handlers: [loud]}
`), o)
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Shutdown(context.Background())
	sys.Logger("app").Warn("hear me")
	// Output: HEAR ME
}
