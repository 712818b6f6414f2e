package remote

import (
	"bytes"
	"compress/gzip"

	"github.com/klauspost/compress/zstd"
)

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
