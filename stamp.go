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
	dst = append(dst, s.date...)
	dst = append(dst, '.')
	ms := t.Nanosecond() / int(time.Millisecond)
	dst = append(dst, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	return append(dst, s.zone...)
}
