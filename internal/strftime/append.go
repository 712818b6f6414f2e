package strftime

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// moment is a time broken down.
type moment struct {
	t              time.Time // in the zone that is shown
	local          *time.Location
	utc            bool
	year           int
	month          time.Month
	day            int
	hour, min, sec int
}

// Append appends t as the layout says: in t's location, or with utc as gmtime
// breaks it down, in which case %Z is GMT and %s takes the clock reading for one
// of t's location. It allocates nothing but what dst needs.
func (l *Layout) Append(dst []byte, t time.Time, utc bool) []byte {
	m := moment{t: t, local: t.Location(), utc: utc}
	if utc {
		m.t = t.UTC()
	}
	m.year, m.month, m.day = m.t.Date()
	m.hour, m.min, m.sec = m.t.Clock()
	start := len(dst)
	for i := range l.parts {
		if dst = l.parts[i].append(dst, &m); len(dst)-start > l.most &&
			utf8.RuneCount(dst[start:]) > l.most {
			return dst[:start]
		}
	}
	return dst
}

func (p *part) append(dst []byte, m *moment) []byte {
	hour12 := (m.hour+11)%12 + 1
	switch p.conv {
	case 0:
		return append(dst, p.text...)
	case '?':
		return p.write(dst, p.text, false)
	case '%':
		return p.write(dst, "%", false)
	case 'n':
		return p.write(dst, "\n", false)
	case 't':
		return p.write(dst, "\t", false)
	case 'a':
		return p.write(dst, m.t.Weekday().String()[:3], p.upper || p.swap)
	case 'A':
		return p.write(dst, m.t.Weekday().String(), p.upper || p.swap)
	case 'b', 'h':
		return p.write(dst, m.month.String()[:3], p.upper || p.swap)
	case 'B':
		return p.write(dst, m.month.String(), p.upper || p.swap)
	case 'p', 'P':
		return p.noon(dst, m)
	case 'Z':
		return p.zone(dst, m)
	case 'z':
		return p.offset(dst, m)
	case 'C':
		return p.number(dst, floor(m.year, 100), 1)
	case 'd':
		return p.number(dst, m.day, 2)
	case 'e':
		return p.spaced(dst, m.day)
	case 'H':
		return p.number(dst, m.hour, 2)
	case 'I':
		return p.number(dst, hour12, 2)
	case 'k':
		return p.spaced(dst, m.hour)
	case 'l':
		return p.spaced(dst, hour12)
	case 'j':
		return p.number(dst, m.t.YearDay(), 3)
	case 'm':
		return p.number(dst, int(m.month), 2)
	case 'M':
		return p.number(dst, m.min, 2)
	case 'S':
		return p.number(dst, m.sec, 2)
	case 's':
		var room [20]byte
		text := strconv.AppendInt(room[:0], m.unix(), 10)
		return append(p.fill(dst, p.width-len(text)), text...)
	case 'u':
		return p.number(dst, (int(m.t.Weekday())+6)%7+1, 1)
	case 'w':
		return p.number(dst, int(m.t.Weekday()), 1)
	case 'U':
		return p.number(dst, (m.t.YearDay()+6-int(m.t.Weekday()))/7, 2)
	case 'W':
		return p.number(dst, (m.t.YearDay()+6-(int(m.t.Weekday())+6)%7)/7, 2)
	case 'V':
		_, week := m.t.ISOWeek()
		return p.number(dst, week, 2)
	case 'G':
		year, _ := m.t.ISOWeek()
		return p.number(dst, year, 1)
	case 'g':
		year, _ := m.t.ISOWeek()
		return p.number(dst, year-100*floor(year, 100), 2)
	case 'y':
		return p.number(dst, m.year-100*floor(m.year, 100), 2)
	case 'Y':
		return p.number(dst, m.year, 1)
	}
	return p.layout(dst, m)
}

func floor(n, d int) int {
	q := n / d
	if n%d < 0 {
		q--
	}
	return q
}

// layout appends what p stands for.
func (p *part) layout(dst []byte, m *moment) []byte {
	if p.width > 0 {
		start := len(dst)
		for i := range p.sub.parts {
			dst = p.sub.parts[i].append(dst, m)
		}
		n := len(dst) - start
		dst = p.fill(dst[:start], p.width-n)
	}
	start := len(dst)
	for i := range p.sub.parts {
		dst = p.sub.parts[i].append(dst, m)
	}
	if p.upper {
		upper(dst[start:])
	}
	return dst
}

// write appends a text, padded on the left.
func (p *part) write(dst []byte, s string, up bool) []byte {
	if p.width > 0 {
		dst = p.fill(dst, p.width-utf8.RuneCountInString(s))
	}
	start := len(dst)
	dst = append(dst, s...)
	if up {
		upper(dst[start:])
	}
	return dst
}

// fill pads before what is no number.
func (p *part) fill(dst []byte, n int) []byte {
	c := byte(' ')
	if p.pad == '0' {
		c = '0'
	}
	return pad(dst, c, n)
}

func pad(dst []byte, c byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, c)
	}
	return dst
}

func upper(b []byte) {
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
}

func lower(b []byte) {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c - 'A' + 'a'
		}
	}
}

func (p *part) noon(dst []byte, m *moment) []byte {
	s := "AM"
	if m.hour >= 12 {
		s = "PM"
	}
	if p.conv == 'P' || p.swap {
		s = strings.ToLower(s)
	}
	return p.write(dst, s, false)
}

func (p *part) zone(dst []byte, m *moment) []byte {
	name := "GMT"
	if !m.utc {
		name, _ = m.t.Zone()
	}
	start := len(dst)
	dst = p.write(dst, name, p.upper && !p.swap)
	if p.swap {
		lower(dst[start:])
	}
	return dst
}

func (p *part) offset(dst []byte, m *moment) []byte {
	_, seconds := m.t.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	minutes := seconds / 60
	return p.number(p.write(dst, sign, false), minutes/60*100+minutes%60, 4)
}

// spaced appends n in two places, with a space before one digit unless a flag
// says otherwise.
func (p *part) spaced(dst []byte, n int) []byte {
	q := *p
	if q.pad != '0' && q.pad != '-' {
		q.pad = '_'
	}
	return q.number(dst, n, 2)
}

// number appends n with at least digits places, or as many as the width.
func (p *part) number(dst []byte, n, digits int) []byte {
	var room [20]byte
	text := strconv.AppendInt(room[:0], int64(max(n, -n)), 10)
	size := len(text)
	if n < 0 {
		size++
	}
	missing := max(digits, p.width) - size
	switch p.pad {
	case '-':
		dst = pad(dst, ' ', p.width-size)
	case '_':
		dst = pad(dst, ' ', missing)
	}
	if n < 0 {
		dst = append(dst, '-')
	}
	if p.pad == 0 || p.pad == '0' {
		dst = pad(dst, '0', missing)
	}
	return append(dst, text...)
}
