package wire

import (
	"log/slog"
	"time"

	"github.com/sluicelog/sluice"
)

// SyslogReader parses the messages of one sender as Syslog.ParseRecordInto does, and
// faster, since one is much like the one before. It is not safe for concurrent use.
type SyslogReader struct {
	codec  *Syslog
	before syslogBefore
	texts  texts
}

// syslogBefore is what is known when a message comes.
type syslogBefore struct {
	arrived time.Time // zero: now
	stamp   string    // the last time that was read, and the space behind it
	time    time.Time // what it says

	// head is all that stood in front of a text, to the space behind the tag: what
	// follows does not change what it says, which is in a record without a message.
	// Who reads one message keeps none.
	keeps   bool
	head    string
	says    sluice.Record
	process int64
}

// nearest is so little that of the times without a year no other one is nearer.
const nearest = 180 * 24 * time.Hour

// still says that the text of t, which may have no year, would be read as t today.
func (b *syslogBefore) still(t time.Time) bool { return b.now().Sub(t).Abs() < nearest }

// begins says that data begins as what was kept.
func (b *syslogBefore) begins(data []byte) bool {
	return b.head != "" && len(data) >= len(b.head) && string(data[:len(b.head)]) == b.head &&
		(!b.arrived.IsZero() || b.still(b.says.Time)) // Arrived has looked
}

// same fills r, which is empty but for its message, as the one that was kept.
func (b *syslogBefore) same(r *sluice.Record) {
	r.Time, r.Level, r.LevelName, r.Name = b.says.Time, b.says.Level, b.says.LevelName, b.says.Name
	r.Attrs = append(r.Attrs, b.says.Attrs...)
	r.Origin.Process = b.process
}

// keep keeps the head of text, of which r was made.
func (b *syslogBefore) keep(r *sluice.Record, text string) {
	head := text[:len(text)-len(r.Message)]
	if !b.keeps || head[len(head)-1] != ' ' {
		return
	}
	b.head, b.process = head, r.Origin.Process
	b.says.Time, b.says.Level, b.says.LevelName, b.says.Name = r.Time, r.Level, r.LevelName, r.Name
	b.says.Attrs = append(b.says.Attrs[:0], r.Attrs...)
}

// NewReader returns a SyslogReader.
func (s *Syslog) NewReader() *SyslogReader {
	return &SyslogReader{codec: s, before: syslogBefore{keeps: true}, texts: texts{shared: true}}
}

// Arrived says when the messages that follow came: a look at the clock for each of
// them costs as much as its parsing. Until then each comes when it is parsed.
func (p *SyslogReader) Arrived(t time.Time) {
	b := &p.before
	b.arrived = t
	if !b.still(b.says.Time) {
		b.head = ""
	}
}

// ParseRecordInto is Syslog.ParseRecordInto. The texts of a record share up to
// 3 KiB of memory with those of others.
func (p *SyslogReader) ParseRecordInto(r *sluice.Record, data []byte) error {
	data = withoutEnd(data)
	last := empty(r)
	if b := &p.before; b.begins(data) {
		b.same(r)
		r.Message = p.texts.text(data[len(b.head):], "")
	} else {
		p.codec.parse(r, p.texts.text(data, ""), b)
	}
	forget(r, last)
	return nil
}

// empty takes all out of r but its memory, of which it gives the attributes.
func empty(r *sluice.Record) []slog.Attr {
	last, o := r.Attrs, r.Origin
	if o == nil {
		o = new(sluice.Origin)
	}
	clear(o.Residue)
	*o = sluice.Origin{Residue: o.Residue[:0]}
	*r = sluice.Record{Attrs: last[:0], Origin: o}
	return last
}

func (b *syslogBefore) now() time.Time {
	if b.arrived.IsZero() {
		return time.Now()
	}
	return b.arrived
}
