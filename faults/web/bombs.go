package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
)

func bombs() fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "http-bombs", Title: "bodies that unpack to a thousand and ten thousand times their size",
		Injector: "gzip and zstd of zeros, spaces and records", Promise: "413, within 16 MB of memory each, and the records of others are taken meanwhile.",
		Sluice: runBombs, Seeds: 3, Limit: 5 * time.Minute, // to compress so much takes most of it
	}
}

// bomb compresses so many MiB of a text.
func bomb(encoding, text string, mebibytes int) ([]byte, error) {
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if encoding == "zstd" {
		z, err := zstd.NewWriter(&b, zstd.WithWindowSize(8<<20))
		if err != nil {
			return nil, err
		}
		w = z
	}
	chunk := []byte(strings.Repeat(text, 1<<20/len(text)))
	for range mebibytes {
		if _, err := w.Write(chunk); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func runBombs(ctx context.Context, e *fault.Env) (balance.Result, error) {
	var stored emittest.Recorder
	s := receive.NewServer(&stored, nil, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return balance.Result{}, err
	}
	served := make(chan error, 1)
	go func() { served <- s.ServeRequests(l) }()
	w := &writer{}
	h, err := remote.NewHTTP(l.Addr().String(), "/log", &remote.HTTPOptions{Body: remote.BodyNDJSON, Options: remote.Options{OnError: func(context.Context, *sluice.Record, error) {}}})
	if err != nil {
		return balance.Result{}, err
	}
	var r balance.Result
	for _, encoding := range []string{"gzip", "zstd"} {
		for _, text := range []string{"\x00", " ", "{\"msg\":\"aaaaaaa\"}\n"} {
			body, err := bomb(encoding, text, e.Of(128, 32))
			if err != nil {
				return r, err
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.Addr().String()+"/log", bytes.NewReader(body))
			if err != nil {
				return r, err
			}
			req.Header.Set("Content-Type", "application/x-ndjson")
			req.Header.Set("Content-Encoding", encoding)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				return r, err
			}
			_ = resp.Body.Close()
			runtime.ReadMemStats(&after)
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				r.Break("%s of %q: answered %d", encoding, text, resp.StatusCode)
			}
			// All that was allocated on the way is more than was ever held.
			spent := float64(after.TotalAlloc-before.TotalAlloc) / 1e6
			r.Figure("memory for one bomb, MB", spent)
			if spent > 16 {
				r.Break("%s of %q: %.1f MB", encoding, text, spent)
			}
			w.Emit(h, 0)
		}
	}
	if err := h.Close(); err != nil {
		r.Break("Close: %v", err)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := s.Shutdown(ctx); err != nil {
		r.Break("Shutdown: %v", err)
	}
	if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
		r.Break("serving: %v", err)
	}
	for _, text := range stored.Messages() {
		w.Ledger.Found([]byte(text))
	}
	sum := w.Ledger.Balance(balance.Counters{})
	sum.Broken, sum.Worst = append(sum.Broken, r.Broken...), r.Worst
	return sum, nil
}
