package main

import (
	"context"
	_ "embed"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
)

//go:embed testdata/http.py
var httpScript string

const (
	readingServer   = "a server that reads"
	receivingServer = "receive.Server"
)

// requests compares what it costs to have a record taken by a web server.
func requests() suite {
	python := "CPython HTTPHandler"
	form, one, batches := "form, a request a record", "JSON, a request a record", "NDJSON, 1000 a request"
	row := func(name string, o remote.HTTPOptions) contender {
		return contender{name, func(c column) (subject, error) { return openHTTP(c, o) }}
	}
	s := suite{
		name:  "http",
		title: "Records to a web server",
		note: "From the logging call until the server has answered, over loopback; the server runs in the same process as sluice, and takes its share of the time. " +
			"One server reads the body and answers 200, the other parses each record. Five attributes; sluice's connection is kept, CPython makes one for each record. " +
			"The time of batches is that of one record; the clock stops when the last one was accepted.",
		base:    python,
		columns: []column{{name: readingServer, goroutines: 1}, {name: receivingServer, goroutines: 1}},
		contenders: []contender{
			{python, func(c column) (subject, error) {
				server := serverOf(c)
				sub, err := openPython(httpScript, hostOf(server))
				end := sub.close
				sub.close = func() error {
					defer server.Close()
					return end()
				}
				return sub, err
			}},
			row(form, remote.HTTPOptions{Method: "POST"}),
			row(one, remote.HTTPOptions{Body: remote.BodyJSON}),
			row(batches, remote.HTTPOptions{Body: remote.BodyNDJSON, Batch: &remote.HTTPBatch{}}),
			row("NDJSON, 1000 a request, gzip", remote.HTTPOptions{Body: remote.BodyNDJSON, Compress: "gzip", Batch: &remote.HTTPBatch{}}),
			row("NDJSON, 1000 a request, zstd", remote.HTTPOptions{Body: remote.BodyNDJSON, Compress: "zstd", Batch: &remote.HTTPBatch{}}),
		},
	}
	s.goals = []goal{
		{cell{batches, readingServer}, cell{one, readingServer}, 1.0 / 20},
		{cell{batches, receivingServer}, cell{one, receivingServer}, 1.0 / 20},
		{cell{form, readingServer}, cell{python, readingServer}, 1.0 / 3},
		{cell{form, receivingServer}, cell{python, receivingServer}, 1.0 / 3},
	}
	return s
}

func serverOf(c column) *httptest.Server {
	if c.name == receivingServer {
		return httptest.NewServer(receive.NewServer(&sluice.Null{}, nil, nil))
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
}

func hostOf(server *httptest.Server) string { return strings.TrimPrefix(server.URL, "http://") }

func openHTTP(c column, o remote.HTTPOptions) (subject, error) {
	server := serverOf(c)
	var failed error
	o.OnError = func(_ context.Context, _ *sluice.Record, err error) { failed = err }
	o.Timeout = 10 * time.Second
	h, err := remote.NewHTTP(hostOf(server), "/log", &o)
	if err != nil {
		return subject{}, err
	}
	ctx, r := context.Background(), record()
	return subject{
		run: func(n int) (time.Duration, error) {
			took := repeat(func() { _ = h.Handle(ctx, r) }, 1, n)
			start := time.Now()
			if err := h.Flush(ctx); err != nil {
				return 0, err
			}
			return took + time.Since(start), failed
		},
		close: func() error {
			defer server.Close()
			return h.Close()
		},
	}, nil
}
