package rotate

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestStampedPlan(t *testing.T) {
	now := time.Date(2026, 3, 29, 2, 30, 0, 123456789, time.UTC)
	zone := time.FixedZone("", 3600)
	for _, c := range []struct {
		rule   string
		policy Stamped
		base   string
		last   string
		taken  string
		want   string
	}{
		{"before the extension", Stamped{UTC: true}, "/x.y/app.log", "", "", "/x.y/app-2026-03-29T02-30-00.123.log"},
		{"no extension", Stamped{UTC: true}, "/x.y/app", "", "", "/x.y/app-2026-03-29T02-30-00.123"},
		{"in a zone", Stamped{In: zone}, "app.log", "", "", "app-2026-03-29T03-30-00.123.log"},
		{"taken", Stamped{UTC: true}, "app.log", "", "app-2026-03-29T02-30-00.123.log", "app-2026-03-29T02-30-00.124.log"},
		{"in the same millisecond", Stamped{UTC: true}, "app.log", "app-2026-03-29T02-30-00.123.log", "", "app-2026-03-29T02-30-00.124.log"},
		{"the clock was set back", Stamped{UTC: true}, "app.log", "app-2026-03-29T03-00-59.999.log", "", "app-2026-03-29T03-01-00.000.log"},
		{"later", Stamped{UTC: true}, "app.log", "app-2026-03-29T02-30-00.122.log", "", "app-2026-03-29T02-30-00.123.log"},
	} {
		got := c.policy.Plan(State{Base: c.base, Last: c.last}, now, func(name string) bool { return name == c.taken })
		if len(got) != 1 || got[0] != (Move{c.base, c.want}) {
			t.Errorf("%s: Plan = %v, want %s", c.rule, got, c.want)
		}
	}
	if got := (Stamped{}).Plan(State{Base: "a"}, now, func(string) bool { return true }); len(got) != 1 {
		t.Errorf("with all names taken: Plan = %v", got)
	}
}

func TestStampsBackup(t *testing.T) {
	prefixed := func(path string) string { return strings.Replace(path, "app-", "old-", 1) }
	for _, c := range []struct {
		name  string
		namer func(string) string
		want  bool
	}{
		{"app-2014-05-04T14-44-33.555.log", nil, true},
		{"app-2014-05-04T14-44-33.555", nil, false},
		{"2014-05-04T14-44-33.555.log", nil, false},
		{"app.log", nil, false},
		{"app-2014-13-04T14-44-33.555.log", nil, false},
		{"app-2014-05-04T14-44-33,555.log", nil, false},
		{"app-2014-05-04T14-44-33.55.log", nil, false},
		{"app-2014-05-04T14-44-33.555.log.foo", nil, false},
		{"app-2014-05-04T14-44-33.555.log", prefixed, false},
		{"old-2014-05-04T14-44-33.555.log", prefixed, true},
	} {
		order, ok := Stamps{c.namer}.Backup("/var/log/app.log", c.name)
		if ok != c.want || ok && order != "2014-05-04T14-44-33.555" {
			t.Errorf("Backup(%q) = %q, %t, want %t", c.name, order, ok, c.want)
		}
	}
}

// Many rollovers within a millisecond lose nothing, and the newest are kept.
func TestStampedFile(t *testing.T) {
	inBubble(t, "2026-03-29 02:30:00", time.UTC, func(t *testing.T) {
		dir := t.TempDir()
		f := opened(t, dir, Options{
			Policy: Stamped{MaxBytes: 6, UTC: true}, Retention: Keep{Backups: 3},
			OnError: func(err error) { t.Error(err) },
		})
		for i := range 10 {
			write(t, f, fmt.Sprintf("%d\n", i))
		}
		write(t, f, "longer than six\n", "end\n")
		tree{
			"app-2026-03-29T02-30-00.002.log": "6\n7\n8\n",
			"app-2026-03-29T02-30-00.003.log": "9\n",
			"app-2026-03-29T02-30-00.004.log": "longer than six\n",
			"app.log":                         "end\n",
		}.check(t, dir)
	})
}
