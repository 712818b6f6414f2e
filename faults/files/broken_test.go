package files

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
)

// TestMain is also what a writer's process runs.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		if err := writer.Child(os.Args[3:]); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func short(t *testing.T) fault.Runner {
	return fault.Runner{First: 1, Seeds: 1, Short: true, Dir: t.TempDir(), Log: io.Discard}
}

// TestBrokenWriterIsCaught: a writer that keeps a file open that was deleted, as
// the shell's, does not keep the promise of sluice, and the harness says so.
func TestBrokenWriterIsCaught(t *testing.T) {
	broken := watched()
	broken.Kind = writer.Append
	f := removed()
	i := slices.IndexFunc(f.Peers, func(p fault.Peer) bool { return p.Name == writer.Lumberjack })
	for name, run := range map[string]fault.Run{
		"lumberjack": f.Peers[i].Run,
		"shell":      removing().of(broken),
	} {
		f := removed()
		f.Peers, f.Sluice = nil, run
		r := short(t)
		o := r.Run(t.Context(), f)
		if len(o.Failed) == 0 || o.Result.Lost == 0 {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// TestWriterThatDies: what cannot be seen to its end is no success.
func TestWriterThatDies(t *testing.T) {
	s := watched()
	s.Kind = "none"
	f := removed()
	f.Peers, f.Sluice = nil, removing().of(s)
	r := short(t)
	o := r.Run(t.Context(), f)
	if len(o.Failed) == 0 || !strings.Contains(strings.Join(o.Failed, " "), `kind "none"`) {
		t.Errorf("%q", o.Failed)
	}
}

// TestBufferIsCaught: a writer that says yes before the system has the line loses it
// when it is killed.
func TestBufferIsCaught(t *testing.T) {
	s := writer.Spec{Kind: writer.Buffered}
	f := killed()
	f.Peers, f.Sluice = nil, killedWriting(1).of(s)
	r := short(t)
	if o := r.Run(t.Context(), f); o.Result.Lost == 0 || len(o.Failed) == 0 {
		t.Errorf("%+v", o.Result)
	}
}

// TestStrangersAreCaught: several processes that do not know of each other and roll
// one file over lose lines.
func TestStrangersAreCaught(t *testing.T) {
	s := writer.Spec{Kind: writer.Sluice, MaxBytes: 4 << 10, Backups: 999, Line: 120}
	f := sharedSmall()
	f.Peers, f.Sluice = nil, scenario(crowd{processes: []int{8}, lines: 4000}.run).of(s)
	r := short(t)
	if o := r.Run(t.Context(), f); o.Result.Lost == 0 || len(o.Failed) == 0 {
		t.Errorf("%+v", o.Result)
	}
}
