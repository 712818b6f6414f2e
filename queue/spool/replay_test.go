package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
)

// TestReplay: every cursor goes on where it was, whatever was taken and not settled
// comes again, with the ID that it had, and new records do not get old IDs.
func TestReplay(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{SegmentBytes: 400, Number: true}) // of a few records each
	a, b := cursorOf(t, s, "a"), cursorOf(t, s, "b/é")
	put(t, s, numbered(0, 10)...)
	batch, err := a.Get(t.Context(), 6)
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Ack(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	ids := map[sluice.ID]string{}
	for _, r := range batch.Records() {
		ids[r.ID] = r.Message
	}
	if got := drain(t, b); !slices.Equal(got, numbered(0, 10)) {
		t.Fatalf("b got %q", got)
	}
	closeSpool(t, s)
	adds(t, "closed", s.Stats(), sluice.Stats{Accepted: 10, Delivered: 4, Held: 6})

	s = open(t, dir, Options{SegmentBytes: 400, Number: true})
	adds(t, "open again", s.Stats(), sluice.Stats{Accepted: 6, Held: 6})
	if got, err := s.Cursors(t.Context()); err != nil || !slices.Equal(got, []string{"a", "b/é"}) {
		t.Errorf("cursors %q, %v", got, err)
	}
	put(t, s, "new")
	a, b = cursorOf(t, s, "a"), cursorOf(t, s, "b/é")
	batch, err = a.Get(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range batch.Records() {
		if was, ok := ids[r.ID]; r.ID.IsZero() || ok && was != r.Message {
			t.Errorf("%q has the ID %v, which is %q", r.Message, r.ID, was)
		}
		if was := ids[r.ID]; was == "" && (r.Message == "message 4" || r.Message == "message 5") {
			t.Errorf("%q came again with another ID", r.Message)
		}
		ids[r.ID] = r.Message
	}
	if err := batch.Nak(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if got, want := drain(t, a), append(numbered(4, 10), "new"); !slices.Equal(got, want) {
		t.Errorf("a got %q, want %q", got, want)
	}
	if got := drain(t, b); !slices.Equal(got, []string{"new"}) {
		t.Errorf("b got %q", got)
	}
	adds(t, "drained", s.Stats(), sluice.Stats{Accepted: 7, Delivered: 7})
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+suffix)); len(left) > 1 {
		t.Errorf("segments that nobody needs: %q", left)
	}
}

// TestEach: what is held can be looked at without a cursor.
func TestEach(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{SegmentBytes: 400})
	a := cursorOf(t, s, "a")
	put(t, s, numbered(0, 5)...)
	drain(t, a)
	put(t, s, numbered(5, 20)...)
	for range 2 {
		var got []string
		if err := s.Each(func(r *sluice.Record) { got = append(got, r.Message) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, numbered(5, 20)) {
			t.Errorf("got %q", got)
		}
	}
}

// TestOtherProcess: a record that is read back by another process still says which
// one had logged it.
func TestOtherProcess(t *testing.T) {
	dir := newDir(t)
	s := open(t, dir, Options{})
	here := s.writer
	s.writer.process, s.writer.start = here.process+1, here.start-5e9
	put(t, s, "from there")
	closeSpool(t, s)
	s = open(t, dir, Options{})
	put(t, s, "from here")
	b, err := cursorOf(t, s, "a").Get(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	r := b.Records()[0]
	if r.Origin == nil || r.Origin.Process != here.process+1 || r.Origin.ProcessName != "MainProcess" {
		t.Errorf("got origin %+v", r.Origin)
	}
	if len(b.Records()) > 1 && b.Records()[1].Origin != nil {
		t.Errorf("a record of this process has the origin %+v", b.Records()[1].Origin)
	}
}

// TestStrangers: files that are not the spool's are left as they are.
func TestStrangers(t *testing.T) {
	dir := newDir(t)
	closeSpool(t, open(t, dir, Options{}))
	strangers := map[string]string{
		"notes.txt": "mine", "00000000000000000001.seg.aside": "old", "1.seg": "x", "cursor-%zz": "y",
		"00000000000000000002.seg.tmp": "half",
	}
	for name, content := range strangers {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir, Options{})
	put(t, s, "one")
	drain(t, cursorOf(t, s, "a"))
	closeSpool(t, s)
	for name, want := range strangers {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestPositionIsTornProof: half a position leaves the one before.
func TestPositionIsTornProof(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor-a")
	p, err := createPosition(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.set(5, false); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.set(300, true); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	before = append(before, make([]byte, len(after)-min(len(after), len(before)))...)
	for cut := range after {
		torn := slices.Concat(after[:cut], before[min(cut, len(before)):])
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		p, seq, err := openPosition(path)
		if err != nil {
			t.Fatal(err)
		}
		_ = p.close()
		want := uint64(5)
		if bytes.Equal(torn, after) {
			want = 300
		}
		if seq != want {
			t.Errorf("cut at %d: position %d, want %d", cut, seq, want)
		}
	}
}
