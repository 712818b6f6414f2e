package remote_test

import (
	"fmt"
	"log"
	"log/slog"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
)

func ExampleNewHTTP() {
	h, err := remote.NewHTTP("logs.example.com", "/log", &remote.HTTPOptions{
		Method:      "POST",
		Secure:      true,
		Credentials: &remote.BasicAuth{User: "app", Password: "..."},
		Options:     remote.Options{Level: sluice.Error},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	logger := slog.New(h)
	logger.Warn("below Error, so that nothing is sent")
	// Output:
}

func ExampleNewHTTP_batch() {
	var stored emittest.Recorder
	server := httptest.NewServer(receive.NewServer(&stored, nil, nil))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")

	h, err := remote.NewHTTP(host, "/log", &remote.HTTPOptions{
		Body:     remote.BodyNDJSON,
		Compress: "zstd",
		Batch:    &remote.HTTPBatch{Records: 1000, Delay: 2 * time.Second},
		Options:  remote.Options{Timeout: 10 * time.Second},
	})
	if err != nil {
		log.Fatal(err)
	}
	logger := slog.New(h)
	for i := range 3 {
		logger.Info("hello", "i", i)
	}
	if err := h.Close(); err != nil { // sends what is left
		log.Fatal(err)
	}
	fmt.Println(len(stored.Records()), "records stored")
	// Output: 3 records stored
}
