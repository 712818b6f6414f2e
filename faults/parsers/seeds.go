package parsers

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/wire"
)

// rows gives the rows of a file of conformance's vectors, which are found from the
// repository's root and from the packages below faults.
func rows[T any](name string) ([]T, error) {
	var data []byte
	err := errors.ErrUnsupported
	for _, up := range []string{".", "..", filepath.Join("..", "..")} {
		if data, err = os.ReadFile(filepath.Join(up, "conformance", "testdata", "vectors", name)); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("golden inputs, from the root of the repository: %w", err)
	}
	var all []T
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, len(data)+1)
	for in.Scan() {
		var row T
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, row)
	}
	return all, nil
}

// Stream is a row of malicious_pickles.jsonl.
type Stream struct {
	ID, Category, Framing, Then string
	Parts                       []struct {
		B64    []byte
		Repeat int
	}
}

// Bytes are what is sent.
func (s *Stream) Bytes() (all []byte) {
	for _, p := range s.Parts {
		all = append(all, bytes.Repeat(p.B64, p.Repeat)...)
	}
	return all
}

// Malicious gives the hostile streams of conformance's vectors.
func Malicious() ([]Stream, error) { return rows[Stream]("malicious_pickles.jsonl") }

const shortSeed = 4 << 10 // a golden input that is not longer is broken further

func pickleSeeds() ([][]byte, error) {
	type record struct{ Frame []byte }
	good, err := rows[record]("pickled_records.jsonl")
	if err != nil {
		return nil, err
	}
	bad, err := Malicious()
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, row := range good {
		if len(row.Frame) <= shortSeed {
			all = append(all, row.Frame[4:])
		}
	}
	for _, row := range bad {
		if data := row.Bytes(); row.Framing == "pickle" && len(data) <= shortSeed {
			all = append(all, data)
		}
	}
	return all, nil
}

// written gives the golden records in another format.
func written(f sluice.Formatter) ([][]byte, error) {
	seeds, err := pickleSeeds()
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, data := range seeds {
		r, err := wire.Pickle{}.ParseRecord(data)
		if err != nil {
			continue
		}
		if text, err := f.AppendRecord(nil, r); err == nil && len(text) <= shortSeed {
			all = append(all, text)
		}
	}
	return all, nil
}

func jsonSeeds() ([][]byte, error) { return written(wire.JSON{}) }

func formSeeds() ([][]byte, error) { return written(wire.Form{}) }

func syslogSeeds() ([][]byte, error) {
	type packets struct {
		Expect struct {
			Datagrams   [][]byte
			Connections [][]byte
		}
	}
	golden, err := rows[packets]("syslog_packets.jsonl")
	if err != nil {
		return nil, err
	}
	all, err := written(&wire.Syslog{Format: wire.RFC5424})
	for _, row := range golden {
		for _, data := range append(row.Expect.Datagrams, row.Expect.Connections...) {
			if len(data) <= shortSeed {
				all = append(all, data)
			}
		}
	}
	return all, err
}

// mac is the HMAC of a pickle.
func mac(data []byte) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(data)
	return h.Sum(nil)
}
