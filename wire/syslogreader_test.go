package wire

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice"
)

// syslogMessages are such as come one after the other.
var syslogMessages = []string{
	"<34>Oct 11 22:14:15 mymachine su[1]: one", "<34>Oct 11 22:14:15 mymachine su[1]: two\n", "<34>Oct 11 22:14:15: no host", "<34>Oct 11 22:14:15.5 mymachine su: x",
	"<34>Oct 11 22:14:15", "<34>Oct 11 22:14:15 ", "<34>Oct 11 22:14:15x", "<13>Oct 11 22:14:16 mymachine su: y", "<13>Oct 11 2003 22:14:16 h su: y",
	"<14>Feb 29 12:00:00 h app: leap", "<14>2026-11-20T12:00:00.25Z h app: dated", "<14>2026-11-20T12:00:00.25Z h app: again", "<14>2026-11-20T12:00:00.25Z", "plain text", "",
	`<14>1 2003-10-11T22:14:15.003Z h app 7 ID [x@1 p="q"] m`, "<14>myapp[42]: hello\x00", "<14>" + strings.Repeat("long ", 2*textsSize),
}

// TestSyslogReader: whatever came before, a message is parsed as if it came alone.
func TestSyslogReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // so that now is one moment
		s := &Syslog{Location: time.UTC}
		for _, first := range syslogMessages {
			for _, then := range syslogMessages {
				p, r := s.NewReader(), new(sluice.Record)
				for _, text := range []string{first, then, then} {
					if err := p.ParseRecordInto(r, []byte(text)); err != nil {
						t.Fatal(err)
					}
					alone, _ := s.ParseRecord([]byte(text))
					if got, want := fmt.Sprintf("%+v %+v", *r.Origin, withoutOrigin(r)), fmt.Sprintf("%+v %+v", *alone.Origin, withoutOrigin(alone)); got != want {
						t.Errorf("%q behind %q:\n got %s\nwant %s", text, first, got, want)
					}
				}
			}
		}
	})
}

func withoutOrigin(r *sluice.Record) sluice.Record {
	c := *r
	c.Origin = nil
	return c
}

// TestSyslogReaderYear: a year later the same text is another time.
func TestSyslogReaderYear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r := (&Syslog{Location: time.UTC}).NewReader(), new(sluice.Record)
		year := func() int {
			if err := p.ParseRecordInto(r, []byte("<14>Jan  1 00:00:00 h app: m")); err != nil {
				t.Fatal(err)
			}
			return r.Time.Year()
		}
		for _, arrives := range []bool{false, true} {
			for range 3 {
				if arrives {
					p.Arrived(time.Now())
				}
				if want := time.Now().UTC().Year(); year() != want {
					t.Errorf("year %d, want %d", r.Time.Year(), want)
				}
				time.Sleep(time.Until(time.Now().AddDate(1, 0, 0)))
			}
		}
	})
}

// TestSyslogReaderTexts: the texts of a record that somebody kept stay.
func TestSyslogReaderTexts(t *testing.T) {
	p := new(Syslog).NewReader()
	var r sluice.Record
	var kept []sluice.Record
	for i := range 1000 {
		if err := p.ParseRecordInto(&r, fmt.Appendf(nil, "<14>Oct 11 22:14:15 host%d app%d[%d]: message %d", i, i, i+1, i)); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, *r.Clone())
	}
	for i, r := range kept {
		if r.Name != fmt.Sprintf("app%d", i) || r.Message != fmt.Sprintf("message %d", i) || r.Attrs[1].Value.String() != fmt.Sprintf("host%d", i) {
			t.Fatalf("record %d became %+v", i, r)
		}
	}
}

func TestSyslogReaderAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	p, r := new(Syslog).NewReader(), new(sluice.Record)
	p.Arrived(time.Now())
	line := []byte("<34>Oct 11 22:14:15 mymachine su[1]: failed")
	if n := testing.AllocsPerRun(1000, func() { _ = p.ParseRecordInto(r, line) }); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
	if n := testing.AllocsPerRun(1000, func() { _ = new(Syslog).ParseRecordInto(r, line) }); n > 1 {
		t.Errorf("ParseRecordInto: %v allocations a record", n)
	}
}
