// A program that uses lumberjack as its users do: with package log, with slog, as
// an io.WriteCloser, and with its fields from JSON.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"
)

func main() {
	dir := os.Args[1]
	l := &lumberjack.Logger{
		Filename:   filepath.Join(dir, "app.log"),
		MaxSize:    1, // megabytes
		MaxBackups: 3,
		MaxAge:     28, // days
		LocalTime:  true,
		Compress:   true,
	}
	var w io.WriteCloser = l
	log.SetFlags(0)
	log.SetOutput(w)
	log.Print("from package log")
	slog.New(slog.NewTextHandler(l, nil)).Info("from slog")
	if err := l.Rotate(); err != nil {
		log.Fatal(err)
	}
	if _, err := fmt.Fprintln(l, "after Rotate"); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}

	var other lumberjack.Logger
	if err := json.Unmarshal([]byte(`{"maxsize": 5, "localtime": true}`), &other); err != nil {
		log.Fatal(err)
	}
	fmt.Println(other.MaxSize, other.LocalTime)
}
