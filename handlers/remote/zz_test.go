package remote_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice/handlers/remote"
)

func BenchmarkBatch(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer s.Close()
	h, _ := remote.NewHTTP(strings.TrimPrefix(s.URL, "http://"), "/log", &remote.HTTPOptions{Body: remote.BodyNDJSON, Batch: &remote.HTTPBatch{}})
	defer h.Close()
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", pcs[0])
	r.AddAttrs(slog.String("method", "GET"), slog.Int("status", 200), slog.Float64("s", 0.125), slog.Duration("took", 1500000), slog.Any("err", errors.New("x")))
	b.ReportAllocs()
	for b.Loop() {
		_ = h.Handle(context.Background(), r)
	}
	_ = h.Flush(context.Background())
}
