package sluice

import (
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
	date string // 2006-01-02T15:04:05
	zone string // Z07:00
}

func (c *stampCache) append(dst []byte, t time.Time) []byte {
	unix, loc := t.Unix(), t.Location()
	s := c.last.Load()
	if s == nil || s.unix != unix || s.loc != loc {
		s = &stampSecond{unix, loc, t.Format("2006-01-02T15:04:05"), t.Format("Z07:00")}
		c.last.Store(s)
	}
	dst = appendMillis(append(dst, s.date...), t)
	return append(dst, s.zone...)
}

// clockCache appends the local time of day with milliseconds.
type clockCache struct{ last atomic.Pointer[clockSecond] }

type clockSecond struct {
	unix int64
	text string // 15:04:05
}

func (c *clockCache) append(dst []byte, t time.Time) []byte {
	s := c.last.Load()
	if unix := t.Unix(); s == nil || s.unix != unix {
		s = &clockSecond{unix, t.Local().Format("15:04:05")}
		c.last.Store(s)
	}
	return appendMillis(append(dst, s.text...), t)
}

// appendMillis appends a dot and the milliseconds of t.
func appendMillis(dst []byte, t time.Time) []byte {
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}
