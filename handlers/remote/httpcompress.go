package remote

import (
	"bytes"
	"compress/gzip"

	"github.com/klauspost/compress/zstd"
)

// payload is a body, compressed or not.
type payload struct {
	p      []byte
	packed bool
}

// mostRatio is how much smaller a compressed body may be. One that is all alike, as
// when one error is logged again and again, is what receivers refuse as a bomb.
const mostRatio = 80

// pack compresses a body, if that is wanted and well received.
func (c *httpClient) pack(body []byte) (payload, error) {
	if c.compress == nil {
		return payload{p: body}, nil
	}
	packed, err := c.compress(body)
	if err != nil || len(packed)*mostRatio < len(body) {
		return payload{p: body}, err
	}
	return payload{packed, true}, nil
}

// compressor compresses a body. It is used by one goroutine at a time.
type compressor func(body []byte) ([]byte, error)

// zstdWindow is as much as receivers must hold of a body at once.
const zstdWindow = 1 << 20

func newCompressor(name string) (compressor, error) {
	switch name {
	case "gzip":
		w := gzip.NewWriter(nil)
		return func(body []byte) ([]byte, error) {
			var b bytes.Buffer
			w.Reset(&b)
			if _, err := w.Write(body); err != nil {
				return nil, err
			}
			if err := w.Close(); err != nil {
				return nil, err
			}
			return b.Bytes(), nil
		}, nil
	case "zstd":
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow))
		if err != nil {
			return nil, err
		}
		return func(body []byte) ([]byte, error) { return e.EncodeAll(body, nil), nil }, nil
	}
	return nil, nil
}
