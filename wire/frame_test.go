package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

func TestFrame(t *testing.T) {
	r := &sluice.Record{Message: "m", Level: sluice.Info}
	want, err := Pickle{}.AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Frame{Pickle{}}.AppendRecord([]byte("before"), r)
	if err != nil || string(got[:6]) != "before" || int(binary.BigEndian.Uint32(got[6:])) != len(want) || len(got) != 10+len(want) {
		t.Errorf("got %q, %v, want %q behind its length", got, err, want)
	}
	r.Attrs = []slog.Attr{slog.Any("x", tooDeep())}
	if got, err := (Frame{Pickle{}}).AppendRecord([]byte("before"), r); err == nil || string(got) != "before" {
		t.Errorf("a record that has no pickle: %q, %v", got, err)
	}
}

// TestSigned: only what was signed with the same key is read, and nothing of it may
// be changed.
func TestSigned(t *testing.T) {
	signed := Pickle{Key: []byte("secret")}
	r := &sluice.Record{Message: "m", Level: sluice.Info, Time: time.Unix(1, 0)}
	data, err := signed.AppendRecord([]byte("x"), r)
	if err != nil {
		t.Fatal(err)
	}
	data = data[1:]
	mac := hmac.New(sha256.New, signed.Key)
	mac.Write(data[32:])
	if !bytes.Equal(mac.Sum(nil), data[:32]) {
		t.Errorf("the first 32 bytes are %x, want %x", data[:32], mac.Sum(nil))
	}
	if got, err := signed.ParseRecord(data); err != nil || got.Message != "m" {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, p := range map[string]Pickle{"other key": {Key: []byte("secreT")}, "same key": signed} {
		for i := range data {
			forged := bytes.Clone(data)
			if p.Key[5] == 't' {
				forged[i] ^= 1
			}
			if _, err := p.ParseRecord(forged); !errors.Is(err, ErrForged) {
				t.Fatalf("%s, byte %d changed: %v", name, i, err)
			}
		}
	}
	for n := range 40 {
		if _, err := signed.ParseRecord(data[:n]); !errors.Is(err, ErrForged) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := (Pickle{}).ParseRecord(data); err == nil {
		t.Error("a signed record is read without the key")
	}
}

// TestIDTravels: the ID of a record comes out as it went in; what only has its name
// stays an attribute.
func TestIDTravels(t *testing.T) {
	r := &sluice.Record{Message: "m", ID: sluice.ID{Source: 1, Seq: 2}, Attrs: []slog.Attr{slog.Int("n", 1)}}
	data, err := Pickle{}.AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Pickle{}.ParseRecord(data)
	if err != nil || got.ID != r.ID || len(got.Attrs) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if back := Attributes(got); pyval.Repr(back) != pyval.Repr(Attributes(r)) {
		t.Errorf("sent on as %s, came as %s", pyval.Repr(back), pyval.Repr(Attributes(r)))
	}
	for _, v := range []any{"nonsense", int64(3), "0000000000000001-0"} {
		got, err := Pickle{}.ParseRecord(mustAppend(t, &sluice.Record{Attrs: []slog.Attr{slog.Any("sluice_id", v)}}))
		if err != nil || !got.ID.IsZero() || len(got.Attrs) != 1 || !pyval.Equal(got.Attrs[0].Value.Any(), v) {
			t.Errorf("%v: got %+v, %v", v, got, err)
		}
	}
}

func mustAppend(t *testing.T, r *sluice.Record) []byte {
	t.Helper()
	data, err := Pickle{}.AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tooDeep is a value that has no pickle.
func tooDeep() any {
	var v any
	for range 2000 {
		v = pyval.Tuple{v}
	}
	return v
}
