package nodes

import (
	"slices"
	"testing"
	"time"
)

// TestElected: of a server's log counts what it says of the stream.
func TestElected(t *testing.T) {
	const log = `[17] 2026/11/20 19:42:44.000001 [INF] JetStream cluster new metadata leader: node1/sluice
[17] 2026/11/20 19:42:44.575653 [INF] JetStream cluster new stream leader for '$G > lines'
[17] 2026/11/20 19:42:45.000001 [INF] JetStream cluster new stream leader for '$G > other-lines'
[17] 2026/11/20 19:42:45.000002 [INF] JetStream cluster new consumer leader for '$G > lines > file'
[19] 2026/11/20 19:43:01.000009 [INF] JetStream cluster new stream leader for '$G > lines'
`
	got, err := elected(log, "lines")
	if err != nil {
		t.Fatal(err)
	}
	at := func(h, m, s, us int) time.Time { return time.Date(2026, 11, 20, h, m, s, us*1000, time.Local) }
	if want := []time.Time{at(19, 42, 44, 575653), at(19, 43, 1, 9)}; !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := elected("[17] yesterday [INF] JetStream cluster new stream leader for '$G > lines'\n", "lines"); err == nil {
		t.Error("no time, and no error")
	}
}
