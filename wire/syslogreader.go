package wire

import (
	"strings"
	"time"

	"github.com/sluicelog/sluice"
)

// SyslogReader parses the messages of one sender as Syslog.ParseRecordInto does, and
// faster, since one is much like the one before. It is not safe for concurrent use.
type SyslogReader struct {
	codec  *Syslog
	before syslogBefore
	texts  strings.Builder // of several messages: memory in pieces costs more
}

// syslogBefore is what is known when a message comes.
type syslogBefore struct {
	arrived time.Time // zero: now
	stamp   string    // the last time that was read, and the space behind it
	time    time.Time // what it says
}

const (
	textsSize = 4 << 10       // what the text of one record may keep from being freed
	ownText   = textsSize / 4 // a longer message has memory of its own
)

// NewReader returns a SyslogReader.
func (s *Syslog) NewReader() *SyslogReader { return &SyslogReader{codec: s} }

// Arrived says when the messages that follow came: a look at the clock for each of
// them costs as much as its parsing. Until then each comes when it is parsed.
func (p *SyslogReader) Arrived(t time.Time) { p.before.arrived = t }

// ParseRecordInto is Syslog.ParseRecordInto. The texts of a record share up to
// 4 KiB of memory with those of others.
func (p *SyslogReader) ParseRecordInto(r *sluice.Record, data []byte) error {
	p.codec.into(r, p.text(data), &p.before)
	return nil
}

// text makes data a string.
func (p *SyslogReader) text(data []byte) string {
	if len(data) > ownText {
		return string(data)
	}
	if p.texts.Cap()-p.texts.Len() < len(data) {
		p.texts.Reset()
		p.texts.Grow(textsSize)
	}
	from := p.texts.Len()
	p.texts.Write(data)
	return p.texts.String()[from:]
}

// into parses text into the memory of r.
func (s *Syslog) into(r *sluice.Record, text string, b *syslogBefore) {
	former, o := r.Attrs, r.Origin
	if o == nil {
		o = new(sluice.Origin)
	}
	clear(o.Residue)
	*o = sluice.Origin{Residue: o.Residue[:0]}
	*r = sluice.Record{Attrs: former[:0], Origin: o}
	s.parse(r, text, b)
	if n := len(r.Attrs); n < len(former) {
		clear(former[n:])
	}
}

func (b *syslogBefore) now() time.Time {
	if b.arrived.IsZero() {
		return time.Now()
	}
	return b.arrived
}
