package files

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/writer"
)

// whole checks that dir has the file and its numbered backups and nothing that is
// half done: no hole among the numbers, no temporary name, and with compression no
// backup without. It is asked when the contender has closed the file.
func whole(r *balance.Result, s writer.Spec) error {
	entries, err := os.ReadDir(logDir(s))
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	backups := 0
	for _, name := range names {
		if strings.HasPrefix(name, "app.log.") {
			backups++
		}
	}
	want := []string{"app.log"}
	for i := 1; i <= backups; i++ {
		name := fmt.Sprintf("app.log.%d", i)
		if s.Compress {
			name += ".gz"
		}
		want = append(want, name)
	}
	for _, name := range names {
		if !slices.Contains(want, name) && name != ".app.log.sluice" {
			r.Break("%s should not be there, among %d names", name, len(names))
		}
	}
	for _, name := range want {
		if !slices.Contains(names, name) {
			r.Break("%s should be there, among %d names", name, len(names))
		}
	}
	return nil
}

// early judges what was removed to make room: nothing while there are fewer
// backups than are to be kept, and then no more than the files that had to. Before
// are the files as they were, one rollover ago.
func early(l *balance.Ledger, r *balance.Result, s writer.Spec, before, now []balance.File) {
	if len(now)-1 < s.Backups {
		r.Break("only %d backups are left", len(now)-1)
		return
	}
	oldest := math.MaxInt
	for _, f := range now {
		for _, id := range f.IDs {
			oldest = min(oldest, id.Seq)
		}
	}
	mayGo := slices.MinFunc(before, func(a, b balance.File) int { return a.IDs[0].Seq - b.IDs[0].Seq })
	for _, id := range mayGo.IDs {
		if id.Seq < oldest {
			l.Destroy(id)
		}
	}
}

// tails forgives each of so many crashes the piece of a line that nobody has
// acknowledged, if it stands on a line of its own. A hole of NULs is none, unless the
// file system has made it: in front of a power cut it may write down a size before
// the bytes.
func tails(r *balance.Result, crashes int, holes bool) {
	if r.Torn == 0 || r.Torn > crashes || r.Lost > r.Allowed {
		return
	}
	for _, piece := range r.Pieces {
		if !holes && strings.Contains(piece, `\x00`) {
			return
		}
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%d times the line that was in flight is there in part, on a line of its own", r.Torn))
	r.Torn = 0
}
