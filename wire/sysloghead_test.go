package wire

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

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

// TestSyslogTag: of a logger's name a tag says letters, digits and what else no reader
// takes for its end, of at most 48 bytes; all else is "_". It is read back as it was
// written, and forges neither a process nor a text.
func TestSyslogTag(t *testing.T) {
	s := Syslog{Format: RFC3164, Location: time.UTC}
	for _, hostname := range []string{"", "host"} {
		s.Hostname = hostname
		for block := rune(0); block <= unicode.MaxRune; block += 16 {
			var name []byte
			for r := block; r < block+16; r++ {
				name = utf8.AppendRune(name, r)
			}
			want := bytes.Clone(name[:min(len(name), 48)])
			for i, c := range want {
				if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && !strings.ContainsRune("-./+%#_@", rune(c)) {
					want[i] = '_'
				}
			}
			data, err := s.AppendRecord(nil, &sluice.Record{Time: time.Now(), Level: sluice.Info, Name: string(name), Message: "x[7]: m"})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := s.ParseRecord(data)
			if got.Name != string(want) || got.Message != "x[7]: m" || got.Origin.Process != 0 {
				t.Errorf("%q: %q came back as %q, %q of process %d", name, data, got.Name, got.Message, got.Origin.Process)
			}
		}
	}
	for name, want := range map[string]string{"": "", "-": "", "app.db": "app.db", "/usr/bin/x": "/usr/bin/x"} {
		data, _ := s.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Name: name, Message: "m"})
		if got, _ := s.ParseRecord(data); got.Name != want || got.Message != "m" {
			t.Errorf("%q: %q came back as %q, %q", name, data, got.Name, got.Message)
		}
	}
}
