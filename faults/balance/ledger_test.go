package balance_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/sluicelog/sluice/faults/balance"
)

// page writes lines 0 to n-1 as change gives them, and reads them back.
func page(t *testing.T, n int, change func(seq int, line []byte) []byte) balance.Result {
	t.Helper()
	var l balance.Ledger
	var all []byte
	for seq := range n {
		id := balance.ID{Producer: 3, Seq: seq}
		l.Accept(id)
		all = append(all, change(seq, balance.AppendLine(nil, id, 80))...)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.log"), all, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := l.ReadFiles(dir, "app"); err != nil {
		t.Fatal(err)
	}
	return l.Balance(balance.Counters{})
}

// TestPlanted: whatever is wrong with the destination is found, and counted.
func TestPlanted(t *testing.T) {
	for _, c := range []struct {
		name                string
		change              func(seq int, line []byte) []byte
		lost, torn, doubled int
	}{
		{"nothing", func(_ int, line []byte) []byte { return line }, 0, 0, 0},
		{"a line is not there", func(seq int, line []byte) []byte {
			if seq == 7 {
				return nil
			}
			return line
		}, 1, 0, 0},
		{"the last line is not there", func(seq int, line []byte) []byte {
			if seq == 99 {
				return nil
			}
			return line
		}, 1, 0, 0},
		{"a line is cut and the next glued to it", func(seq int, line []byte) []byte {
			if seq == 7 {
				return line[:20]
			}
			return line
		}, 2, 1, 0},
		{"the last line lacks its end", func(seq int, line []byte) []byte {
			if seq == 99 {
				return line[:len(line)-1]
			}
			return line
		}, 1, 1, 0},
		{"a byte is another", func(seq int, line []byte) []byte {
			if seq == 7 {
				line[10] ^= 1
			}
			return line
		}, 1, 1, 0},
		{"a hole of NULs in front of a line", func(seq int, line []byte) []byte {
			if seq == 7 {
				return append(make([]byte, 50), line...)
			}
			return line
		}, 1, 1, 0},
		{"a line is there three times", func(seq int, line []byte) []byte {
			if seq == 7 {
				return bytes.Repeat(line, 3)
			}
			return line
		}, 0, 0, 2},
		{"an empty line", func(seq int, line []byte) []byte {
			if seq == 7 {
				return append(line, '\n')
			}
			return line
		}, 0, 1, 0},
	} {
		r := page(t, 100, c.change)
		if r.Accepted != 100 || r.Lost != c.lost || r.Torn != c.torn || r.Doubled != c.doubled {
			t.Errorf("%s: %+v, want %d lost, %d torn, %d doubled of 100", c.name, r, c.lost, c.torn, c.doubled)
		}
		if failed := len(r.Failures()) > 0; failed != (c.lost+c.torn+c.doubled > 0) {
			t.Errorf("%s: failures %q", c.name, r.Failures())
		}
	}
}

// TestBalance: what is destroyed, dropped and counted, held or open is not a
// loss, and counters that claim more than is missing are a failure.
func TestBalance(t *testing.T) {
	ledger := func(missing int) *balance.Ledger {
		var l balance.Ledger
		for seq := range 10 {
			id := balance.ID{Seq: seq}
			l.Accept(id)
			if seq >= missing {
				l.Found(bytes.TrimSuffix(balance.AppendLine(nil, id, 0), []byte("\n")))
			}
		}
		return &l
	}
	l := ledger(4)
	l.Destroy(balance.ID{Seq: 0})
	l.Open(balance.ID{Seq: 1})
	r := l.Balance(balance.Counters{Dropped: 1, Held: 1})
	if r.Destroyed != 1 || r.Lost != 1 || r.Allowed != 1 || len(r.Failures()) != 0 {
		t.Errorf("%+v: %q", r, r.Failures())
	}
	if r := ledger(2).Balance(balance.Counters{Held: 3}); len(r.Failures()) == 0 {
		t.Errorf("2 are missing, 3 held, and nobody is surprised: %+v", r)
	}
	if r := ledger(2).Balance(balance.Counters{}); r.Lost != 2 || len(r.Failures()) != 1 {
		t.Errorf("2 are missing: %+v", r)
	}
	var empty balance.Ledger
	if r := empty.Balance(balance.Counters{}); len(r.Failures()) == 0 {
		t.Error("nothing was accepted, and that is a success")
	}
	l = ledger(0)
	l.Refuse(balance.ID{Seq: 5})
	if r := l.Balance(balance.Counters{}); len(r.Failures()) == 0 {
		t.Error("a line was accepted and refused, and that is a success")
	}
}

// TestUnasked: a line that nobody acknowledged may be there, and is counted apart.
func TestUnasked(t *testing.T) {
	var l balance.Ledger
	l.Accept(balance.ID{Seq: 1})
	l.Refuse(balance.ID{Seq: 3})
	for seq := 1; seq <= 3; seq++ {
		l.Found(bytes.TrimSpace(balance.AppendLine(nil, balance.ID{Seq: seq}, 60)))
	}
	if r := l.Balance(balance.Counters{}); r.Unasked != 2 || r.Found != 1 || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
}

// TestArchive: lines are found in archives, also in one that is cut.
func TestArchive(t *testing.T) {
	const lines = 2000
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for seq := range lines {
		_, _ = z.Write(balance.AppendLine(nil, balance.ID{Seq: seq}, 100))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for cut, whole := range map[int]bool{0: true, packed.Len() / 2: false, packed.Len(): false} {
		path := filepath.Join(t.TempDir(), "app.log.1.gz")
		if err := os.WriteFile(path, packed.Bytes()[:packed.Len()-cut], 0o666); err != nil {
			t.Fatal(err)
		}
		var l balance.Ledger
		for seq := range lines {
			l.Accept(balance.ID{Seq: seq})
		}
		if _, err := l.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		r := l.Balance(balance.Counters{})
		if ok := r.Lost == 0 && r.Torn == 0; ok != whole {
			t.Errorf("%d bytes cut off: %+v", cut, r)
		}
	}
}

// FuzzParseLine: a line is itself, and no other text is one.
func FuzzParseLine(f *testing.F) {
	f.Add([]byte("3 17 abc 00000000"), 3, 17, 50)
	f.Add([]byte(" "), 0, 0, 0)
	f.Fuzz(func(t *testing.T, text []byte, producer, seq, size int) {
		if id, ok := balance.ParseLine(text); ok {
			again := bytes.TrimSuffix(balance.AppendLine(nil, id, len(text)+1), []byte("\n"))
			if len(again) < len(text) {
				t.Errorf("%q is %v, which is %q", text, id, again)
			}
		}
		if producer < 0 || seq < 0 || size > 1<<16 {
			return
		}
		id := balance.ID{Producer: producer, Seq: seq}
		line := balance.AppendLine(nil, id, size)
		if got, ok := balance.ParseLine(line[:len(line)-1]); !ok || got != id {
			t.Errorf("%q is %v, %v", line, got, ok)
		}
	})
}

// TestAdd: of figures the highest counts, and shares are added up.
func TestAdd(t *testing.T) {
	var all balance.Result
	for i, so := range []int{2, 0, 1} {
		var r balance.Result
		r.Figure("s", float64(so))
		r.Share("late", so, i+1)
		all.Add(r)
	}
	if got, want := all.Shares["late"], (balance.Share{So: 3, Of: 6}); got != want || all.Worst["s"] != 2 || all.Runs != 3 {
		t.Errorf("%+v, want %v", all, want)
	}
}
