package charset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// batches is a BatchWriter that takes so many bytes.
type batches struct {
	room  int
	calls []string // each call's records, in quotes
}

func (b *batches) Write(p []byte) (int, error) { return b.WriteBatch(p, []int{len(p)}) }

func (b *batches) WriteBatch(p []byte, ends []int) (int, error) {
	var call []string
	start, n := 0, 0
	for _, end := range ends {
		call = append(call, fmt.Sprintf("%q", p[start:end]))
		start = end
		if end <= b.room {
			n = end
		}
	}
	b.calls = append(b.calls, strings.Join(call, " "))
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func TestWriteBatch(t *testing.T) {
	latin1 := NewEncoder(encodingOf("latin_1"), Strict, nil)
	for _, c := range []struct {
		rule    string
		room    int
		records []string
		rest    string // without an end
		calls   []string
		n       int
		full    bool
		refused string
	}{
		{"all", 99, []string{"é\n", "b\n"}, "", []string{`"\xe9\n" "b\n"`}, 5, false, ""},
		{"what has no end is a record", 99, []string{"é\n"}, "ü", []string{`"\xe9\n" "\xfc"`}, 5, false, ""},
		{"nothing", 99, nil, "", nil, 0, false, ""},
		{"a refused one counts as done", 99, []string{"a", "€", "é"}, "", []string{`"a" "\xe9"`}, 6, false, "1 of the records: 'latin-1'"},
		{"only refused ones", 99, []string{"€", "€€"}, "", nil, 9, false, "2 of the records: 'latin-1'"},
		{"full after two", 4, []string{"éé", "ü", "oo"}, "", []string{`"\xe9\xe9" "\xfc" "oo"`}, 6, true, ""},
		{"full, behind a refused one", 2, []string{"é", "€", "ü", "b"}, "", []string{`"\xe9" "\xfc" "b"`}, 7, true, "1 of the records: 'latin-1'"},
		{"full at once", 0, []string{"é", "ü"}, "", []string{`"\xe9" "\xfc"`}, 0, true, ""},
	} {
		var p []byte
		var ends []int
		for _, r := range c.records {
			p = append(p, r...)
			ends = append(ends, len(p))
		}
		p = append(p, c.rest...)
		b := &batches{room: c.room}
		n, err := NewWriter(b, latin1).WriteBatch(p, ends)
		if n != c.n || errors.Is(err, syscall.ENOSPC) != c.full || !slices.Equal(b.calls, c.calls) {
			t.Errorf("%s: WriteBatch = %d, %v, calls %q", c.rule, n, err, b.calls)
		}
		var bad *EncodeError
		if errors.As(err, &bad) != (c.refused != "") || c.refused != "" && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: error %v, want %q", c.rule, err, c.refused)
		}
	}
}

func TestWriteBatchOneByOne(t *testing.T) {
	latin1 := NewEncoder(encodingOf("latin_1"), Strict, nil)
	var b bytes.Buffer
	w := NewWriter(&limited{&b, 3}, latin1)
	n, err := w.WriteBatch([]byte("éüöab"), []int{2, 4, 6, 7})
	if n != 6 || !errors.Is(err, io.ErrShortWrite) || b.String() != "\xe9\xfc\xf6" {
		t.Errorf("WriteBatch = %d, %v, %q", n, err, b.String())
	}
	for _, ends := range [][]int{{3, 2}, {9}} {
		if n, err := w.WriteBatch([]byte("abc"), ends); n != 0 || err == nil {
			t.Errorf("ends %v: WriteBatch = %d, %v", ends, n, err)
		}
	}
}

// limited takes so many bytes and then none.
type limited struct {
	w io.Writer
	n int
}

func (l *limited) Write(p []byte) (int, error) {
	p = p[:min(len(p), l.n)]
	l.n -= len(p)
	return l.w.Write(p)
}

// A Writer may be used by many goroutines whatever is behind it.
func TestWriterConcurrent(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, NewEncoder(encodingOf("latin_1"), Strict, nil))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if _, err := w.Write([]byte("éé\n")); err != nil {
					t.Error(err)
				}
				if _, err := w.WriteBatch([]byte("éé\néé\n"), []int{5, 10}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := strings.Count(b.String(), "\xe9\xe9\n"); got != 2400 || b.Len() != 7200 {
		t.Errorf("%d records in %d bytes", got, b.Len())
	}
}
