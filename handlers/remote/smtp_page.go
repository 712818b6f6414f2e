package remote

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
)

// page is what the next mail will hold.
type page struct {
	text    []byte
	shown   uint64
	more    uint64 // left out
	first   time.Time
	level   sluice.Level // the highest one
	subject string       // of the first record of that level
}

// add puts a record into the next mail.
func (d *digest) add(level sluice.Level, subject string, text []byte) {
	urgent := d.options.AtOnce != nil && level >= *d.options.AtOnce
	d.mu.Lock()
	p := &d.page
	begun := p.shown == 0
	if begun {
		p.first = time.Now()
	}
	if begun || level > p.level {
		p.level, p.subject = level, subject
	}
	room := d.options.Bytes - len(p.text)
	switch {
	case begun && len(text) >= room:
		p.text = append(cut(text, room), '\n')
		p.shown++
	case p.shown >= uint64(d.options.Records) || len(text) >= room:
		p.more++
		d.mail.drop(ReasonLeftOut, 1)
	default:
		p.text = append(append(p.text, text...), '\n')
		p.shown++
	}
	d.urgent = d.urgent || urgent
	d.mu.Unlock()
	if begun || urgent {
		d.poke()
	}
}

// cut takes the beginning of text, in whole characters.
func cut(text []byte, n int) []byte {
	const mark = " [cut]"
	for n = max(n-len(mark), 0); n > 0 && n < len(text) && !utf8.RuneStart(text[n]); {
		n--
	}
	return append(append([]byte(nil), text[:n]...), mark...)
}

// turn makes a mail of the page, and begins a new one.
func (d *digest) turn() *parcel {
	d.mu.Lock()
	p := d.page
	d.page, d.urgent = page{}, false
	d.last = time.Now()
	d.mu.Unlock()
	if p.more > 0 {
		p.text = fmt.Appendf(p.text, "and %d more\n", p.more)
	}
	if n := p.shown + p.more; n > 1 {
		p.subject = fmt.Sprintf("%s (%d records)", p.subject, n)
	}
	return &parcel{letter: d.mail.letter(p.subject, p.text, sluice.ID{}), records: p.shown}
}
