package rotate

import (
	"bytes"
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

// holds reports whether r is a whole archive of all that plain reads. Plain may be
// less than what the archive was made of, which is synced before it gets its place:
// a power cut can leave plain shorter, or with NULs in the place of its end.
func (c *Compression) holds(r, plain io.Reader) (bool, error) {
	d, err := c.reader(r)
	if err != nil {
		return false, nil // no archive at all
	}
	defer d.Close()
	const chunk = 64 << 10
	got, want := make([]byte, chunk), make([]byte, chunk)
	blank := false // only NULs may follow
	for {
		n, err := io.ReadFull(plain, want)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return false, err
		}
		if _, err := io.ReadFull(d, got[:n]); err != nil {
			return false, nil
		}
		same := 0
		for !blank && same < n && got[same] == want[same] {
			same++
		}
		blank = blank || same < n
		if blank && len(bytes.Trim(want[same:n], "\x00")) > 0 {
			return false, nil
		}
		if ended {
			_, err := io.Copy(io.Discard, d)
			return err == nil, nil
		}
	}
}
