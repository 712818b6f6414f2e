package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

// TestPickleReader: whatever came before, a pickle is parsed as if it came alone, and
// a record that somebody kept stays as it is.
func TestPickleReader(t *testing.T) {
	var pickles [][]byte
	for _, row := range recordRows(t) {
		pickles = append(pickles, row.Frame[4:])
	}
	for i := range 400 { // some longer than what records share
		pickles = append(pickles, record("msg", "V"+strings.Repeat(fmt.Sprint(i), 1+i*i%3000)+"\n", "name", fmt.Sprintf("Vlogger%d\n", i)))
	}
	p, r := Pickle{}.NewReader(), new(sluice.Record)
	kept := map[int]*sluice.Record{}
	for i, data := range pickles {
		if p.ParseRecordInto(r, data) == nil {
			kept[i] = r.Clone()
		}
	}
	for i, data := range pickles {
		alone, err := Pickle{}.ParseRecord(data)
		if got := kept[i]; got == nil || err != nil {
			if (got == nil) != (err != nil) {
				t.Errorf("pickle %d: alone %v, behind others %+v", i, err, got)
			}
			continue
		}
		if got, want := pyval.Repr(Attributes(kept[i])), pyval.Repr(Attributes(alone)); got != want {
			t.Errorf("pickle %d:\n got %s\nwant %s", i, got, want)
		}
	}
}

func TestPickleReaderAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	data, p, r := plainRecord(t), Pickle{}.NewReader(), new(sluice.Record)
	if n := testing.AllocsPerRun(1000, func() { _ = p.ParseRecordInto(r, data) }); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}
