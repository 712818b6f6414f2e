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
func (s *Syslog) parse3164(r *sluice.Record, text string, b *syslogBefore) bool {
	t, rest, dated := s.cutTime(text, b)
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
	if r.Name == "-" {
		r.Name = "" // none; see appendName
	}
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
		end := 0
		for end < len(inner) && end <= longest && inner[end] != ']' && inner[end] != ' ' {
			end++
		}
		if end < 1 || end > longest || end == len(inner) || inner[end] != ']' {
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

// Characters as bits: those below 64, and the others of ASCII.
const (
	digitBits  = (1<<10 - 1) << '0'
	letterBits = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)

	tagBits      = digitBits | 1<<'-' | 1<<'.' | 1<<'/' | 1<<'+' | 1<<'%' | 1<<'#'
	tagHighBits  = letterBits | 1<<('_'-64) | 1<<('@'-64)
	hostBits     = digitBits | 1<<'-' | 1<<'.' | 1<<':' | 1<<'%'
	hostHighBits = letterBits | 1<<('_'-64)
)

func isTag(c byte) bool { return among(c, tagBits, tagHighBits) }

func among(c byte, low, high uint64) bool {
	if c < 64 {
		return low>>c&1 != 0
	}
	return c < 128 && high>>(c-64)&1 != 0
}

// isHost says that s can be a name or an address.
func isHost(s string) bool {
	if s == "" || len(s) > maxHostname {
		return false
	}
	colons := 0
	for i := range len(s) {
		if !among(s[i], hostBits, hostHighBits) {
			return false
		}
		if s[i] == ':' {
			colons++
		}
	}
	return colons != 1
}

// cutTime cuts a time and the space behind it off. A time that is that of the message
// before is read once: what ends with a space says all of it.
func (s *Syslog) cutTime(text string, b *syslogBefore) (t time.Time, rest string, ok bool) {
	if b.stamp != "" && strings.HasPrefix(text, b.stamp) && b.still(b.time) {
		return b.time, text[len(b.stamp):], true
	}
	t, rest, ok = s.readTime(text, b)
	if n := len(text) - len(rest); ok && n > 0 && text[n-1] == ' ' {
		b.stamp, b.time = text[:n], t
	}
	return t, rest, ok
}

func (s *Syslog) readTime(text string, b *syslogBefore) (t time.Time, rest string, ok bool) {
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
	now := b.now()
	this := now.In(loc).Year()
	if t = in(this); t.Month() == month && now.Sub(t).Abs() < nearest {
		return t, strings.TrimPrefix(rest, " "), true
	}
	var best time.Duration
	for y := this - 1; y <= this+1; y++ {
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
