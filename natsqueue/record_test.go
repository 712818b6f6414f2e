package natsqueue

import (
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

// usual is a record as a program logs it.
func usual() *sluice.Record {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	return &sluice.Record{
		Time: time.Now(), Level: sluice.Info, Name: "app.service.http", PC: pcs[0],
		Message: "request 12345 handled in 3.2 ms for client 10.0.0.7",
		Attrs:   []slog.Attr{slog.Int("status", 200), slog.String("path", "/index.html")},
	}
}

// message is a record with a number.
func message(n int) *sluice.Record {
	return &sluice.Record{Time: time.Unix(1_800_000_000, 0), Level: sluice.Info, Name: "test", Message: fmt.Sprintf("message %d", n)}
}

// tooDeep is a value that has no pickle.
func tooDeep() any {
	var v any
	for range 2000 {
		v = pyval.Tuple{v}
	}
	return v
}
