package pickle

import (
	"os"
	"path/filepath"
	"testing"
)

// plainRecord is a record of 22 attributes as CPython's SocketHandler.makePickle
// made it, without the length in front.
func plainRecord(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "record.pickle"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func BenchmarkDecodeFields(b *testing.B) {
	data := plainRecord(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := DecodeFields(data, Limits{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		f.Release()
	}
}

func BenchmarkDecode(b *testing.B) {
	data := plainRecord(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
