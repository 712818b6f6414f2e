package rotate

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A Compression is a format that backups are compressed to. It is a value that
// many Files may share.
type Compression struct {
	name, extension string
	writer          func(io.Writer) (io.WriteCloser, error)
	reader          func(io.Reader) (io.ReadCloser, error)
}

// String returns the format's name: gzip or zstd; of nil, none.
func (c *Compression) String() string {
	if c == nil {
		return "none"
	}
	return c.name
}

// extensions are those of archives, of whatever format: a program that goes over
// to another one still keeps the old ones' number.
func extensions() []string { return []string{".gz", ".zst"} }

// Gzip compresses app.log.1 to app.log.1.gz. It is a function, as Zstd is, so that
// a program only has the formats that it asks for.
func Gzip() *Compression {
	return &Compression{
		name: "gzip", extension: ".gz",
		writer: func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		reader: func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) },
	}
}

// Zstd compresses app.log.1 to app.log.1.zst.
func Zstd() *Compression {
	return &Compression{
		name: "zstd", extension: ".zst",
		writer: func(w io.Writer) (io.WriteCloser, error) {
			// One thread, and it is the worker's.
			return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
		},
		reader: func(r io.Reader) (io.ReadCloser, error) {
			const most = 64 << 20 // what it reads may be anybody's
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(most), zstd.WithDecoderLowmem(true))
			if err != nil {
				return nil, err
			}
			return d.IOReadCloser(), nil
		},
	}
}

// CompressionNamed returns the format called gzip or zstd; nil for the empty name.
func CompressionNamed(name string) (*Compression, error) {
	switch name {
	case "":
		return nil, nil
	case "gzip":
		return Gzip(), nil
	case "zstd":
		return Zstd(), nil
	}
	return nil, fmt.Errorf("rotate: compression %q is none of gzip, zstd", name)
}

// holds reports whether r is a whole archive of exactly what plain reads.
func (c *Compression) holds(r, plain io.Reader) (bool, error) {
	d, err := c.reader(r)
	if err != nil {
		return false, nil // no archive at all
	}
	defer d.Close()
	const chunk = 64 << 10
	got, want := make([]byte, chunk), make([]byte, chunk)
	for {
		n, err := io.ReadFull(plain, want)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return false, err
		}
		if m, err := io.ReadFull(d, got[:n]); err != nil || string(got[:m]) != string(want[:n]) {
			return false, nil
		}
		if ended {
			m, err := d.Read(got[:1])
			return m == 0 && errors.Is(err, io.EOF), nil
		}
	}
}
