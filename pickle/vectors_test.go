package pickle

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// vectorRows reads a file of the golden vectors; see conformance.
func vectorRows[T any](t testing.TB, name string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "conformance", "testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows []T
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, len(data)+1)
	for in.Scan() {
		var row T
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatalf("%s holds no rows", name)
	}
	return rows
}

type recordRow struct {
	ID, Expect string
	Frame      []byte
	Attrs      any
	Globals    []string
}

func (r recordRow) pickle() []byte { return r.Frame[4:] }

type maliciousRow struct {
	ID, Expect, Framing string
	Parts               []struct {
		B64    string
		Repeat int
	}
}

func (r maliciousRow) stream(t testing.TB) []byte {
	t.Helper()
	var out []byte
	for _, p := range r.Parts {
		b, err := base64.StdEncoding.DecodeString(p.B64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, bytes.Repeat(b, p.Repeat)...)
	}
	return out
}
