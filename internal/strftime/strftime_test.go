package strftime

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("no time zones here (Debian package tzdata): %v", err)
	}
	return loc
}

// The texts are CPython's, on glibc in the C locale.
func TestAppend(t *testing.T) {
	at := time.Date(2023, 3, 4, 5, 6, 7, 891e6, time.UTC)
	for _, test := range []struct{ layout, want string }{
		{"", ""},
		{"plain é", "plain é"},
		{"%Y-%m-%d %H:%M:%S", "2023-03-04 05:06:07"},
		{"%a %A %b %B %h", "Sat Saturday Mar March Mar"},
		{"%c|%x|%X|%r", "Sat Mar  4 05:06:07 2023|03/04/23|05:06:07|05:06:07 AM"},
		{"%C %D %e %F %R %T", "20 03/04/23  4 2023-03-04 05:06 05:06:07"},
		{"%g %G %V %U %W %u %w %j", "23 2023 09 09 09 6 6 063"},
		{"%I %k %l %p %P", "05  5  5 AM am"},
		{"%n%t%%", "\n\t%"},
		{"%s %y %Z %z", "1677906367 23 UTC +0000"},
		{"%f %Q %é %", "%f %Q %é %"},
		{"%E %O %Ec %Oc %EH %OH", "%E %O Sat Mar  4 05:06:07 2023 %Oc %EH 05"},
		{"%3S %_3S %-3S %010Y", "007   7   7 0000002023"},
		{"%5e %05e %5a %05a %^5a", "    4 00004   Sat 00Sat   SAT"},
		{"%#a %#p %#Z %^c", "SAT am utc SAT MAR  4 05:06:07 2023"},
		{"%5z %05z %_5z %-z", "    +00000 0000+00000     +    0 +0"},
		{"%30c %012F", "      Sat Mar  4 05:06:07 2023 002023-03-04"},
		{"%12s %012s", "  1677906367 001677906367"},
		{"%5q %05q %5", "  %5q 0%05q    %5"},
		{"%+ %+d", "%+ %+d"},
	} {
		if got := Compile(test.layout).Append([]byte("> "), at, false); string(got) != "> "+test.want {
			t.Errorf("%q: got %q, want %q", test.layout, got, "> "+test.want)
		}
	}
}

func TestZones(t *testing.T) {
	winter := time.Unix(1700000000, 0)
	summer := time.Unix(1690000000, 0)
	for _, test := range []struct {
		zone string
		at   time.Time
		utc  bool
		want string
	}{
		{"America/New_York", winter, false, "17:13 EST -0500 1700000000"},
		{"America/New_York", summer, false, "00:26 EDT -0400 1690000000"},
		{"America/New_York", winter, true, "22:13 GMT +0000 1700018000"},
		{"America/New_York", summer, true, "04:26 GMT +0000 1690018000"}, // mktime is told that it is winter
		{"Asia/Kathmandu", winter, false, "03:58 +0545 +0545 1700000000"},
		{"UTC", winter, false, "22:13 UTC +0000 1700000000"},
		{"UTC", winter, true, "22:13 GMT +0000 1700000000"},
		// Clocks in Kathmandu went from 00:00 to 00:15, in Berlin from 02:00 to
		// 03:00, and in Apia over a whole day, in summer time.
		{"Asia/Kathmandu", time.Unix(504921599, 0), true, "23:59 GMT +0000 504901799"},
		{"Asia/Kathmandu", time.Unix(504921600, 0), true, "00:00 GMT +0000 -1"},
		{"Asia/Kathmandu", time.Unix(504922500, 0), true, "00:15 GMT +0000 504901800"},
		{"Europe/Berlin", time.Unix(1711850400, 0), true, "02:00 GMT +0000 1711846800"},
		{"Pacific/Apia", time.Unix(1325239199, 0), true, "09:59 GMT +0000 1325275199"},
	} {
		got := Compile("%H:%M %Z %z %s").Append(nil, test.at.In(zone(t, test.zone)), test.utc)
		if string(got) != test.want {
			t.Errorf("%s, %v: got %q, want %q", test.zone, test.utc, got, test.want)
		}
	}
}

// What CPython makes no room for is the empty text.
func TestRoom(t *testing.T) {
	for _, test := range []struct {
		layout string
		want   int
	}{
		{"%1023d", 1023},
		{"%2047d", 2047},
		{"%2048d", 0},
		{"%99999999999999999999d", 0},
		{"%2000d%48d", 4095 - 2047},
	} {
		got := Compile(test.layout).Append(nil, time.Unix(0, 0), true)
		if len(got) != test.want {
			t.Errorf("%s: %d characters, want %d", test.layout, len(got), test.want)
		}
	}
}

func TestAppendAllocs(t *testing.T) {
	at := time.Now()
	dst := make([]byte, 0, 256)
	for _, layout := range []string{"%Y-%m-%d %H:%M:%S", "%c %Z %z %s", "%G-W%V %j %^a %I %p"} {
		l := Compile(layout)
		for _, utc := range []bool{false, true} {
			if n := testing.AllocsPerRun(100, func() { dst = l.Append(dst[:0], at, utc) }); n != 0 {
				t.Errorf("%s: %v allocations", layout, n)
			}
		}
	}
}

type question struct {
	Zone   string `json:"zone"`
	Unix   int64  `json:"unix"`
	UTC    bool   `json:"utc"`
	Layout string `json:"layout"`
}

func TestAgainstPython(t *testing.T) {
	path, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SLUICE_PEERS") == "required" {
			t.Fatal("python3 is not installed (Debian package python3)")
		}
		t.Skip("python3 is not installed (Debian package python3)")
	}
	questions := questions()
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, q := range questions {
		if err := enc.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "testdata/python.py")
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(bytes.NewReader(out))
	n, bad := 0, 0
	for ; answers.Scan(); n++ {
		q := questions[n]
		var want string
		if err := json.Unmarshal(answers.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		got := string(Compile(q.Layout).Append(nil, time.Unix(q.Unix, 0).In(zone(t, q.Zone)), q.UTC))
		if got != want {
			if bad++; bad <= 20 {
				t.Errorf("%+v: got %q, want %q", q, got, want)
			}
		}
	}
	if n != len(questions) || bad > 0 {
		t.Errorf("%d of %d answered, %d differ", n, len(questions), bad)
	}
}

// questions are all conversions with all modifiers, and random layouts.
func questions() []question {
	r := rand.New(rand.NewPCG(5, 6))
	of := func(s ...string) string { return s[r.IntN(len(s))] }
	conversion := func() string { return string(byte(' ' + r.IntN(95))) }
	var all []question
	for _, zone := range []string{"UTC", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "America/St_Johns"} {
		at := func() int64 { return r.Int64N(5000000000) - 900000000 }
		for c := byte('!'); c <= '~'; c++ {
			for _, modifier := range []string{"", "E", "O", "^", "#", "-", "_", "0", "7", "^#"} {
				all = append(all, question{zone, at(), c%2 == 0, fmt.Sprintf("<%%%s%c>", modifier, c)})
			}
		}
		for range 1500 {
			var b strings.Builder
			for range 1 + r.IntN(4) {
				b.WriteString(of("", "", "x", "é", "%%"))
				b.WriteByte('%')
				for range r.IntN(5) / 3 {
					b.WriteString(of("_", "-", "0", "^", "#"))
				}
				b.WriteString(of("", "", "", "", "3", "12", "05"))
				b.WriteString(of("", "", "", "", "", "E", "O"))
				b.WriteString(conversion())
			}
			all = append(all, question{zone, at(), r.IntN(2) == 0, b.String()})
		}
	}
	return all
}

func FuzzCompile(f *testing.F) {
	if file, err := os.Open("../../conformance/testdata/vectors/strftime.jsonl"); err == nil {
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var row struct{ Datefmt string }
			if json.Unmarshal(lines.Bytes(), &row) == nil {
				f.Add(row.Datefmt, int64(1700000000))
			}
		}
	}
	f.Add("%-05Ey%_3%^#Z%99999999d%", int64(-1))
	f.Fuzz(func(t *testing.T, layout string, unix int64) {
		at := time.Unix(unix%(1<<40), 0).UTC()
		l := Compile(layout)
		got := l.Append(nil, at, false)
		if len(got) > 4*l.most {
			t.Fatalf("%q: %d bytes", layout, len(got))
		}
		if strings.IndexByte(layout, '%') < 0 && string(got) != layout {
			t.Fatalf("%q: got %q", layout, got)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l := Compile("%Y-%m-%d %H:%M:%S")
	at := time.Now()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = l.Append(dst[:0], at, false)
	}
}
