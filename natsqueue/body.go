package natsqueue

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/wire"
)

const lengthSize = 4 // of a pickle's frame

// codec writes and reads the records of a body.
type codec struct {
	json   bool
	pickle wire.Pickle
	frame  wire.Frame // of that
	lines  wire.JSON
}

func newCodec(json bool) *codec {
	p := wire.Pickle{Opcodes: new(wire.Opcodes)}
	return &codec{json: json, pickle: p, frame: wire.Frame{Formatter: p}, lines: wire.JSON{Places: new(sluice.Places)}}
}

// append appends r as it is in a body, and gives its content's checksum.
func (c *codec) append(dst []byte, r *sluice.Record) ([]byte, uint32, error) {
	start := len(dst)
	var err error
	if c.json {
		if dst, err = c.lines.AppendRecord(dst, r); err != nil {
			return dst[:start], 0, err
		}
		sum := crc32.Checksum(dst[start:], castagnoli())
		return append(dst, '\n'), sum, nil
	}
	if dst, err = c.frame.AppendRecord(dst, r); err != nil {
		return dst[:start], 0, err
	}
	return dst, crc32.Checksum(dst[start+lengthSize:], castagnoli()), nil
}

// parse makes r of the text of a record.
func (c *codec) parse(r *sluice.Record, content []byte, json bool) error {
	if json {
		parsed, err := c.lines.ParseRecord(content)
		if err != nil {
			return err
		}
		*r = *parsed
		return nil
	}
	return c.pickle.ParseRecordInto(r, content)
}

// cut takes the text of the first record off a body; false if there is none.
func cut(body []byte, json bool) (content, rest []byte, ok bool) {
	if json {
		content, rest, ok = bytes.Cut(body, []byte{'\n'})
		return content, rest, ok
	}
	if len(body) < lengthSize {
		return nil, nil, false
	}
	n := uint64(binary.BigEndian.Uint32(body))
	if n > uint64(len(body)-lengthSize) {
		return nil, nil, false
	}
	return body[lengthSize : lengthSize+n], body[lengthSize+n:], true
}

// verify looks whether the content is that of record number seq, the i-th of h.
func (h *header) verify(content []byte, i int) bool {
	want := binary.BigEndian.Uint32(h.sums[i*sumSize:])
	return h.summer.sum(crc32.Checksum(content, castagnoli()), h.first+uint64(i)) == want
}

// each calls f with each record of a body in turn; intact is false for one that is
// not as it was written, which has no content then.
func (h *header) each(body []byte, f func(i int, content []byte, intact bool)) {
	for i := range h.count {
		content, rest, ok := cut(body, h.json)
		body = rest
		if ok = ok && h.verify(content, i); !ok {
			content = nil
		}
		f(i, content, ok)
	}
}
