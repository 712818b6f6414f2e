package receive

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

const (
	maxRatio = 100
	// ratioFrom is the length from which the ratio counts: what is short and all
	// alike may well be a record.
	ratioFrom = 64 << 10
	// maxWindow is what RFC 9659 lets a sender of zstd ask for.
	maxWindow = 8 << 20
)

// budget is what one request holds of the memory of all.
type budget struct {
	all   *atomic.Int64
	most  int64
	taken int64
}

func (b *budget) take(n int64) bool {
	b.taken += n
	return b.all.Add(n) <= b.most
}

func (b *budget) release() {
	b.all.Add(-b.taken)
	b.taken = 0
}

// readBody reads a body and unpacks it.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, b *budget) ([]byte, *problem) {
	most := int64(s.o.MaxBody)
	if r.ContentLength > most {
		return nil, tooLarge(most)
	}
	packed := &counting{r: http.MaxBytesReader(w, r.Body, most)}
	in, p := unpack(r.Header.Get("Content-Encoding"), packed)
	if p != nil {
		return nil, p
	}
	defer in.Close()
	var data []byte
	for {
		if len(data) == cap(data) {
			grown := min(max(2*cap(data), readSize), int(most)+1)
			// While it is copied both are held.
			if !b.take(int64(grown)) {
				return nil, problemf(http.StatusServiceUnavailable, ReasonBusy, "too many bytes of other requests")
			}
			data = append(make([]byte, 0, grown), data...)
		}
		n, err := in.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > most:
			return nil, tooLarge(most)
		case len(data) > ratioFrom && int64(len(data)) > maxRatio*packed.n:
			return nil, problemf(http.StatusRequestEntityTooLarge, ReasonRatio, "body of %d bytes is unpacked to more than %d times as many", packed.n, maxRatio)
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, s.unreadable(err, most)
		}
	}
}

func tooLarge(most int64) *problem {
	return problemf(http.StatusRequestEntityTooLarge, ReasonTooLong, "body refused: the limit is %d bytes", most)
}

// unreadable says why a body could not be read.
func (s *Server) unreadable(err error, most int64) *problem {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return tooLarge(most)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, ReasonTimeout, "body did not arrive within %v", s.o.FrameTimeout)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return problemf(http.StatusBadRequest, ReasonTruncated, "body is not whole")
	}
	return problemf(http.StatusBadRequest, ReasonRequest, "read body: %w", err)
}

// unpack gives what is in the body by its encoding.
func unpack(encoding string, in *counting) (io.ReadCloser, *problem) {
	switch encoding {
	case "", "identity":
		return io.NopCloser(in), nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, problemf(http.StatusBadRequest, ReasonRequest, "body is no gzip: %w", err)
		}
		return z, nil
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, problemf(http.StatusBadRequest, ReasonRequest, "body is no zstd: %w", err)
		}
		return z.IOReadCloser(), nil
	}
	return nil, problemf(http.StatusUnsupportedMediaType, ReasonRequest, "content encoded as %.100q", encoding)
}

// counting counts what was read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
