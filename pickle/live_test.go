package pickle

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"github.com/sluicelog/sluice/internal/typedjson"
)

// TestAgainstPython decodes what CPython's two picklers make of random values, and
// compares with what its pickle.loads gives.
func TestAgainstPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SLUICE_PEERS") == "required" {
			t.Fatal(err)
		}
		t.Skip("no python3 (Debian: python3)")
	}
	for seed := range 2 {
		cmd := exec.Command(python, filepath.Join("testdata", "values.py"), strconv.Itoa(seed), "100")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		in := json.NewDecoder(bytes.NewReader(out))
		for ; ; rows++ {
			var row struct {
				Protocol int
				Pickle   []byte
				Value    any
			}
			if err := in.Decode(&row); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			v, err := Decode(row.Pickle, Limits{})
			if err != nil {
				t.Fatalf("seed %d, row %d, protocol %d: %v\n%q", seed, rows, row.Protocol, err, row.Pickle)
			}
			if got, want := typedjson.Tree(v), typedjson.Canon(row.Value); !reflect.DeepEqual(got, want) {
				g, _ := json.Marshal(got)
				w, _ := json.Marshal(want)
				t.Fatalf("seed %d, row %d, protocol %d:\n got %s\nwant %s\n%q", seed, rows, row.Protocol, g, w, row.Pickle)
			}
			sameAsFields(t, row.Pickle, Limits{})
		}
		if rows < 1000 {
			t.Fatalf("only %d rows", rows)
		}
	}
}
