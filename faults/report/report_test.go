package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/report"
)

func outcome(id string, lost int, notes ...string) fault.Outcome {
	return fault.Outcome{
		Fault:  fault.Fault{ID: id, Case: "case", Title: "what | happens", Injector: "by hand", Promise: "Nothing."},
		Seeds:  3,
		Date:   time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		Result: balance.Result{Runs: 3, Accepted: 100, Lost: lost, Notes: notes, Shares: map[string]balance.Share{"times it was late": {So: 2, Of: 60}}},
		Peers:  []fault.PeerOutcome{{Peer: fault.Peer{Name: "CPython", As: "X"}, Result: balance.Result{Accepted: 9, Lost: 2, Torn: 1}}},
	}
}

// TestPageKeepsRows: a run updates the rows of what was run, with their sections;
// the others stay, in the catalogue's order, and those that no longer exist go.
func TestPageKeepsRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "FAULTS.md")
	write := func(names []string, outcomes ...fault.Outcome) string {
		t.Helper()
		p, err := report.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			p.Take(o)
		}
		text := p.Markdown(names, "a machine")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return text
	}
	names := []string{"F1/case", "F2/case"}
	write(names, outcome("F2", 0, "second note"))
	both := write(names, outcome("F1", 0, "first note"))
	if again := write(names); again != both {
		t.Errorf("it changes by being read and written:\n%s\n%s", both, again)
	}
	for _, want := range []string{"first note", "second note", "- 2 of 60 times it was late", "| F1/case | what \\| happens |", "X: lost 2 of 9, 1 torn"} {
		if !strings.Contains(both, want) {
			t.Errorf("no %q in\n%s", want, both)
		}
	}
	if strings.Index(both, "| F1/") > strings.Index(both, "| F2/") {
		t.Errorf("not in order:\n%s", both)
	}
	absent := outcome("F1", 0)
	absent.Absent = "a disk"
	if got := write(names, absent); got != both {
		t.Errorf("what was not run replaces a row:\n%s", got)
	}
	newer := write(names, outcome("F2", 5, "third note"))
	if strings.Contains(newer, "second note") || !strings.Contains(newer, "third note") || !strings.Contains(newer, "first note") {
		t.Errorf("F2 is not replaced, or not alone:\n%s", newer)
	}
	if got := write(names[:1]); strings.Contains(got, "F2") {
		t.Errorf("F2 does not exist any more:\n%s", got)
	}
}

// TestRow: what is broken, and what was not run, cannot be overlooked.
func TestRow(t *testing.T) {
	o := outcome("F1", 5)
	o.Failed = []string{"seed 1: 5 of 100"}
	if got := report.Row(o); !strings.Contains(got, "**BROKEN** 5") {
		t.Error(got)
	}
	o.Absent = "a disk"
	if got := report.Row(o); !strings.Contains(got, "**NOT RUN**, needs a disk") {
		t.Error(got)
	}
	if got, want := strings.Count(report.Row(o), " | "), strings.Count(strings.Split(report.Header(), "\n")[0], " | "); got != want {
		t.Errorf("%d columns, want %d", got, want)
	}
}
