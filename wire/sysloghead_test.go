package wire

import (
	"testing"
	"time"

	"github.com/sluicelog/sluice"
)

// TestNewSyslog: what is kept never shows in a message that it is not for.
func TestNewSyslog(t *testing.T) {
	at := time.Date(2026, 3, 5, 4, 5, 6, 0, time.UTC)
	plain := Syslog{Format: RFC3164, Hostname: "host", AppName: "app:1", Process: 42, Location: time.UTC}
	other := plain
	other.AppName = ""
	tokyo := time.FixedZone("tokyo", 9*60*60)
	for _, s := range []Syslog{plain, other, {Format: RFC3164, AppName: "a"}} {
		kept := NewSyslog(s)
		for name, change := range map[string]func(*Syslog){
			"same":     func(*Syslog) {},
			"hostname": func(s *Syslog) { s.Hostname = "h" },
			"app":      func(s *Syslog) { s.AppName = "b" },
			"no app":   func(s *Syslog) { s.AppName = "" },
			"process":  func(s *Syslog) { s.Process = 7 },
			"zone":     func(s *Syslog) { s.Location = tokyo },
		} {
			was, is := s, *kept
			change(&was)
			change(&is)
			for _, r := range []*sluice.Record{
				{Time: at, Message: "one"}, {Time: at.Add(time.Second), Message: "two"}, {Time: at.Add(time.Second), Message: "three", Name: "logger"},
				{Time: at, Message: "four", Origin: &sluice.Origin{Process: 3}},
			} {
				want, _ := was.AppendRecord(nil, r)
				if got, err := is.AppendRecord(nil, r); err != nil || string(got) != string(want) {
					t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
				}
			}
		}
	}
}
