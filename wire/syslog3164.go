package wire

import (
	"log/slog"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
)

// parse3164 takes apart what follows the priority: time, host and tag. Of a
// message without a time only a tag with a process is believed, "app[42]: ": a word
// and a colon may be its own text.
func (s *Syslog) parse3164(r *sluice.Record, text string) bool {
	t, rest, dated := s.cutTime(text, r.Time)
	if !dated {
		tag, ok := cutTag(text)
		if !ok || tag.process == "" {
			return false
		}
		tag.set(r)
		return true
	}
	r.Time = t
	tag, ok := cutTag(rest)
	if !ok {
		host, after, found := strings.Cut(rest, " ")
		if found && isHost(host) {
			tag, ok = cutTag(strings.TrimLeft(after, " "))
		}
		if ok {
			r.Attrs = append(r.Attrs, slog.String("hostname", host))
		}
	}
	if !ok {
		// Whether its first word is a host or text nobody can say.
		r.Message = rest
		return true
	}
	tag.set(r)
	return true
}

// tag is a program's name, perhaps with its process, in front of a text.
type tag struct{ name, process, text string }

func (t tag) set(r *sluice.Record) {
	r.Name, r.Message = t.name, t.text
	setProcess(r, t.process)
}

// cutTag cuts "name: ", "name[process]: " or "name[process] " off.
func cutTag(text string) (t tag, ok bool) {
	const longest = 64
	n := 0
	for n < len(text) && n <= longest && isTag(text[n]) {
		n++
	}
	if n == 0 || n > longest {
		return tag{}, false
	}
	t.name, text = text[:n], text[n:]
	if inner, found := strings.CutPrefix(text, "["); found {
		end := strings.IndexAny(inner, "] ")
		if end < 1 || end > longest || inner[end] != ']' {
			return tag{}, false
		}
		t.process, text = inner[:end], inner[end+1:]
	}
	text, colon := strings.CutPrefix(text, ":")
	if !colon && t.process == "" || text != "" && text[0] != ' ' {
		return tag{}, false
	}
	t.text = strings.TrimPrefix(text, " ")
	return t, true
}

func isTag(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("_-./@+%#", c) >= 0
}

func isAlphanumeric(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

// isHost says that s can be a name or an address.
func isHost(s string) bool {
	if s == "" || len(s) > maxHostname {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && strings.IndexByte("_-.:%", c) < 0 {
			return false
		}
	}
	return strings.Count(s, ":") != 1
}

// cutTime cuts a time and the space behind it off.
func (s *Syslog) cutTime(text string, now time.Time) (t time.Time, rest string, ok bool) {
	if len(text) > 11 && text[4] == '-' && (text[10] == 'T' || text[10] == 't') {
		stamp, rest, _ := strings.Cut(text, " ")
		t, err := time.Parse(time.RFC3339Nano, strings.TrimSuffix(stamp, ":"))
		return t, rest, err == nil
	}
	// Routers put a star in front while their clock is not set.
	c := cutter{strings.TrimPrefix(text, "*"), true}
	month := c.month()
	c.space()
	day := c.number(1, 2, 31)
	c.space()
	year := 0
	if len(c.text) > 5 && isDigit(c.text[2]) && c.text[4] == ' ' {
		year = c.number(4, 4, 9999)
		c.space()
	}
	hour := c.number(1, 2, 23)
	c.byte(':')
	minute := c.number(2, 2, 59)
	c.byte(':')
	second := c.number(2, 2, 60)
	nanos := c.fraction()
	if !c.ok {
		return time.Time{}, text, false
	}
	rest = strings.TrimPrefix(c.text, ":")
	if rest != "" && rest[0] != ' ' {
		return time.Time{}, text, false
	}
	loc := s.Location
	if loc == nil {
		loc = time.Local
	}
	in := func(year int) time.Time { return time.Date(year, month, day, hour, minute, second, nanos, loc) }
	if year > 0 {
		t = in(year)
		return t, strings.TrimPrefix(rest, " "), t.Month() == month
	}
	var best time.Duration
	for y := now.Year() - 1; y <= now.Year()+1; y++ {
		// In most years there is no 29th of February.
		if c := in(y); c.Month() == month {
			if d := now.Sub(c).Abs(); !ok || d < best {
				t, best, ok = c, d, true
			}
		}
	}
	return t, strings.TrimPrefix(rest, " "), ok
}

// cutter cuts the parts of a time off; ok: all were there.
type cutter struct {
	text string
	ok   bool
}

func (c *cutter) month() time.Month {
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	if len(c.text) < 3 {
		c.ok = false
		return 0
	}
	i := strings.Index(months, c.text[:3])
	if i < 0 || i%3 != 0 {
		c.ok = false
		return 0
	}
	c.text = c.text[3:]
	return time.Month(i/3 + 1)
}

// space cuts one or two spaces off.
func (c *cutter) space() {
	c.byte(' ')
	c.text = strings.TrimPrefix(c.text, " ")
}

func (c *cutter) byte(b byte) {
	if len(c.text) == 0 || c.text[0] != b {
		c.ok = false
		return
	}
	c.text = c.text[1:]
}

// number cuts a number off that has least to most digits and is at most limit.
func (c *cutter) number(least, most, limit int) int {
	n, digits := 0, 0
	for digits < most && digits < len(c.text) && isDigit(c.text[digits]) {
		n = n*10 + int(c.text[digits]-'0')
		digits++
	}
	if digits < least || n > limit {
		c.ok = false
	}
	c.text = c.text[digits:]
	return n
}

// fraction cuts .123 off and gives its nanoseconds.
func (c *cutter) fraction() int {
	if len(c.text) < 2 || c.text[0] != '.' || !isDigit(c.text[1]) {
		return 0
	}
	c.text = c.text[1:]
	n, unit := 0, 100_000_000
	for len(c.text) > 0 && isDigit(c.text[0]) {
		n += int(c.text[0]-'0') * unit
		unit /= 10
		c.text = c.text[1:]
	}
	return n
}
