package sluice

import (
	"strings"
	"sync/atomic"
	"time"
)

// stampCache appends times as RFC 3339 with milliseconds, and keeps the text of
// the last second: within one second only the milliseconds differ, and the
// calendar costs more than the rest of a short record.
type stampCache struct{ last atomic.Pointer[stampSecond] }

type stampSecond struct {
	unix int64
	loc  *time.Location
	text string // 2006-01-02T15:04:05.000Z07:00
	ms   int    // where the milliseconds stand
}

func (c *stampCache) append(dst []byte, t time.Time) []byte {
	unix, loc := t.Unix(), t.Location()
	s := c.last.Load()
	if s == nil || s.unix != unix || s.loc != loc {
		text := t.Format("2006-01-02T15:04:05.000Z07:00")
		s = &stampSecond{unix, loc, text, strings.IndexByte(text, '.') + 1}
		c.last.Store(s)
	}
	at := len(dst) + s.ms
	dst = append(dst, s.text...)
	putMillis(dst[at:at+3], t)
	return dst
}

// clockCache appends the local time of day with milliseconds.
type clockCache struct{ last atomic.Pointer[clockSecond] }

type clockSecond struct {
	unix int64
	text string // 15:04:05.000
}

func (c *clockCache) append(dst []byte, t time.Time) []byte {
	s := c.last.Load()
	if unix := t.Unix(); s == nil || s.unix != unix {
		s = &clockSecond{unix, t.Local().Format("15:04:05.000")}
		c.last.Store(s)
	}
	at := len(dst) + len(s.text) - 3
	dst = append(dst, s.text...)
	putMillis(dst[at:at+3], t)
	return dst
}

// putMillis makes text the milliseconds of t.
func putMillis(text []byte, t time.Time) {
	ms := t.Nanosecond() / int(time.Millisecond)
	text[0], text[1], text[2] = byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10)
}
