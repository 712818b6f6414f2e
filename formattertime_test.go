package sluice_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

func TestFormatterTime(t *testing.T) {
	text := func(s string) *string { return &s }
	kolkata := time.FixedZone("IST", 19800)
	for _, test := range []struct {
		o    sluice.FormatterOptions
		at   time.Time
		want string
	}{
		{sluice.FormatterOptions{UTC: true}, noon, "2023-03-04 12:00:05,007"},
		{sluice.FormatterOptions{Location: kolkata}, noon, "2023-03-04 17:30:05,007"},
		{sluice.FormatterOptions{Location: kolkata, DateFmt: "%H:%M %Z"}, noon, "17:30 IST"},
		{sluice.FormatterOptions{UTC: true, DateFmt: "%H:%M %Z %f"}, noon, "12:00 GMT %f"},
		{sluice.FormatterOptions{UTC: true, DefaultMsecFormat: text("")}, noon, "2023-03-04 12:00:05"},
		{sluice.FormatterOptions{UTC: true, DefaultMsecFormat: text("%s.%03dZ")}, noon, "2023-03-04 12:00:05.007Z"},
		{sluice.FormatterOptions{UTC: true, DefaultMsecFormat: text("<%s>%6.1f")}, noon, "<2023-03-04 12:00:05>   7.0"},
		{sluice.FormatterOptions{UTC: true, DefaultTimeFormat: text("%T")}, noon, "12:00:05,007"},
		// As a float the time is the next second's beginning, and Python shows that.
		{sluice.FormatterOptions{UTC: true}, noon.Add(992*time.Millisecond + 999999*time.Nanosecond), "2023-03-04 12:00:06,000"},
		{sluice.FormatterOptions{UTC: true}, noon.Add(992 * time.Millisecond), "2023-03-04 12:00:05,999"},
	} {
		f := newFormatter(t, "%(asctime)s", &test.o)
		for range 2 { // made, and kept
			if got := format(t, f, &sluice.Record{Time: test.at}); got != test.want {
				t.Errorf("%+v: got %q, want %q", test.o, got, test.want)
			}
		}
	}
}

// What came from Python counts where it is a number, not the Time that was made of
// it; what did not come is as makeLogRecord has it.
func TestFormatterReceived(t *testing.T) {
	f := newFormatter(t, "%(asctime)s %(taskName)s", &sluice.FormatterOptions{UTC: true})
	for _, test := range []struct {
		created, msecs any
		want           string
	}{
		{1.5, 123.0, "1970-01-01 00:00:01,123 None"},
		{1.5, 123.999, "1970-01-01 00:00:01,123 None"},
		{int64(2), int64(5), "1970-01-01 00:00:02,005 None"},
		{-0.5, 1234.5, "1969-12-31 23:59:59,1234 None"},
		{math.NaN(), -1.0, "2023-03-04 12:00:05,-01 None"},
		{math.Inf(1), math.NaN(), "2023-03-04 12:00:05,007 None"},
		{1e300, "x", "2023-03-04 12:00:05,007 None"},
		{sluice.Absent{}, nil, "2023-03-04 12:00:05,007 None"},
		{true, true, "1970-01-01 00:00:01,001 None"},
		{1.5, pyval.Int(new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil)), "1970-01-01 00:00:01,100000000000000000000 None"},
	} {
		r := &sluice.Record{Time: noon, Origin: &sluice.Origin{Residue: []pyval.Pair{
			{Key: "created", Value: test.created}, {Key: "msecs", Value: test.msecs}, {Key: "taskName", Value: sluice.Absent{}}}}}
		if got := format(t, f, r); got != test.want {
			t.Errorf("%v, %v: got %q, want %q", test.created, test.msecs, got, test.want)
		}
	}
}

// The milliseconds that came keep their type. The texts are CPython's.
func TestFormatterReceivedMsecs(t *testing.T) {
	for _, test := range []struct {
		join  string
		msecs any
		want  string
	}{
		{"%s %s", 5.0, "00:00:01 5.0"},
		{"%s %s", int64(5), "00:00:01 5"},
		{"%s %s", true, "00:00:01 True"},
		{"%s.%x", int64(255), "00:00:01.ff"},
		{"%s.%#x", true, "00:00:01.0x1"},
		{"%s,%03d", false, "00:00:01,000"},
	} {
		layout := "%T"
		f := newFormatter(t, "%(asctime)s", &sluice.FormatterOptions{UTC: true, DefaultTimeFormat: &layout, DefaultMsecFormat: &test.join})
		r := &sluice.Record{Time: noon, Origin: &sluice.Origin{Residue: []pyval.Pair{{Key: "created", Value: 1.5}, {Key: "msecs", Value: test.msecs}}}}
		if got := format(t, f, r); got != test.want {
			t.Errorf("%q of %v: got %q, want %q", test.join, test.msecs, got, test.want)
		}
	}
}

// relativeCreated counts centuries too. The texts are CPython's.
func TestFormatterRelative(t *testing.T) {
	start := time.Unix(0, 1677903920000998503)
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{start.Add(5007 * time.Millisecond), "5007.0"},
		{time.Unix(0, 1677903920000998502), "-1e-06"},
		{time.Unix(0, math.MinInt64), "-10901275956855.775"},
		{time.Unix(0, -8572215127995050922), "-10250119047996.049"},
		{time.Unix(0, math.MaxInt64), "7545468116853.777"},
		{time.Unix(-62135596799, 0), "-63813500719001.0"},
		{time.Unix(253402300799, 999999999), "251724396879999.0"},
	} {
		f := newFormatter(t, "%(relativeCreated)r", &sluice.FormatterOptions{Start: start})
		if got := format(t, f, &sluice.Record{Time: test.at}); got != test.want {
			t.Errorf("%v: got %s, want %s", test.at, got, test.want)
		}
	}
}

// seconds are records like r of so many seconds.
func seconds(r *sluice.Record, n int) []*sluice.Record {
	var all []*sluice.Record
	for i := range n {
		later := r.Clone()
		later.Time = r.Time.Add(time.Duration(i) * time.Second)
		all = append(all, later)
	}
	return all
}

// TestFormatterSeconds: records of some seconds that come mixed do not make each other's
// text of the time anew.
func TestFormatterSeconds(t *testing.T) {
	f := newFormatter(t, "%(asctime)s", &sluice.FormatterOptions{UTC: true})
	rs := seconds(&sluice.Record{Time: time.Unix(-4, 5e6)}, 8)
	var want []string
	for _, r := range rs {
		want = append(want, r.Time.UTC().Format("2006-01-02 15:04:05,000"))
	}
	dst := make([]byte, 0, 64)
	n := testing.AllocsPerRun(100, func() {
		for i, r := range rs {
			if dst, _ = f.AppendRecord(dst[:0], r); string(dst) != want[i] {
				t.Fatalf("got %q, want %q", dst, want[i])
			}
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
