package wire

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice"
)

// NewSyslog returns a Syslog like s that is faster: it keeps what the heads of its
// RFC 3164 messages have in common. It must not be modified, but may be copied.
func NewSyslog(s Syslog) *Syslog {
	s.head = &syslogHead{hostname: s.Hostname, appName: s.AppName, process: s.Process}
	s.head.names = string(s.appendNames(nil, s.AppName, int64(s.Process)))
	return &s
}

// syslogHead is what stands in front of the texts of records of this process.
type syslogHead struct {
	hostname, appName string // what names was made of
	process           int
	names             string
	last              atomic.Pointer[syslogSecond]
}

type syslogSecond struct {
	unix int64
	zone *time.Location
	text string
}

// fits says that the head of a record of r's kind begins with h.names: r is of this
// process, and s was not copied and changed.
func (h *syslogHead) fits(s *Syslog, r *sluice.Record) bool {
	return r.Origin == nil && s.AppName != "" && h.appName == s.AppName && h.hostname == s.Hostname && h.process == s.Process
}

// second gives the text of a time, which is the same for a second.
func (h *syslogHead) second(t time.Time) string {
	unix, zone := t.Unix(), t.Location()
	s := h.last.Load()
	if s == nil || s.unix != unix || s.zone != zone {
		s = &syslogSecond{unix, zone, t.Format(time.Stamp)}
		h.last.Store(s)
	}
	return s.text
}

// append3164 appends time, host and tag (RFC 3164, 4.1).
func (s *Syslog) append3164(dst []byte, r *sluice.Record) []byte {
	t := r.Time
	if t.IsZero() {
		t = time.Now()
	}
	if s.Location != nil {
		t = t.In(s.Location)
	} else {
		t = t.Local()
	}
	if s.head != nil && s.head.fits(s, r) {
		return append(append(dst, s.head.second(t)...), s.head.names...)
	}
	return s.appendNames(t.AppendFormat(dst, time.Stamp), s.appName(r), s.process(r))
}

// appendNames appends what stands between the time and the text.
func (s *Syslog) appendNames(dst []byte, appName string, process int64) []byte {
	if s.Hostname != "" {
		dst = appendName(append(dst, ' '), s.Hostname, maxHostname)
	}
	tag := len(dst) + 1
	dst = appendName(append(dst, ' '), appName, maxAppName)
	for i := tag; i < len(dst); i++ {
		if !isTag(dst[i]) {
			dst[i] = '_' // it would end the tag, for some reader
		}
	}
	if process != 0 {
		dst = append(dst, '[')
		dst = strconv.AppendInt(dst, process, 10)
		dst = append(dst, ']')
	}
	return append(dst, ": "...)
}
