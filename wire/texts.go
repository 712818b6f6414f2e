package wire

import (
	"log/slog"
	"strings"

	"github.com/sluicelog/sluice"
)

// texts makes the strings of a record: those that it had before are the same ones,
// and the others lie in one piece of memory. Most of a record's texts are those of
// the record before on the same connection.
type texts struct {
	all    strings.Builder
	shared bool // with the records that follow
}

const (
	// textsSize is what the text of one record may keep from being freed. The runtime
	// has eight pieces of 3 KiB in a span, but only two of 4 KiB, and what it does for
	// each span costs more than a piece.
	textsSize = 3 << 10
	ownText   = textsSize / 3 // longer ones have memory of their own
)

// grow makes room for the texts of a record, of n bytes.
func (t *texts) grow(n int) {
	if !t.shared {
		t.all.Grow(n)
	}
}

// text gives v as a string, which is was if that is the same.
func (t *texts) text(v []byte, was string) string {
	if string(v) == was {
		return was
	}
	if t.shared && !t.room(len(v)) {
		return string(v)
	}
	from := t.all.Len()
	t.all.Write(v)
	return t.all.String()[from:]
}

// room makes room for a text of n bytes beside those of other records; false: it is
// too long for that.
func (t *texts) room(n int) bool {
	if n > ownText {
		return false
	}
	if t.all.Cap()-t.all.Len() < n {
		t.all.Reset()
		t.all.Grow(textsSize)
	}
	return true
}

// former is what a record held that is to be filled anew.
type former struct {
	name, levelName, file, function   string
	threadName, processName, taskName string
	attrs                             []slog.Attr
}

// take takes all out of r, which keeps its memory and nothing else.
func (l *former) take(r *sluice.Record) {
	l.name, l.levelName, l.attrs = r.Name, r.LevelName, r.Attrs
	if r.Origin == nil {
		r.Origin = new(sluice.Origin)
	} else {
		l.threadName, l.processName, l.taskName = r.Origin.ThreadName, r.Origin.ProcessName, r.Origin.TaskName
	}
	if r.Source == nil {
		r.Source = new(slog.Source)
	} else {
		l.file, l.function = r.Source.File, r.Source.Function
	}
	*r.Source = slog.Source{}
	clear(r.Origin.Residue)
	*r.Origin = sluice.Origin{Residue: r.Origin.Residue[:0]}
	*r = sluice.Record{Attrs: r.Attrs[:0], Origin: r.Origin, Source: r.Source}
}

// forget leaves nothing of the former attributes reachable behind those of r.
func (l *former) forget(r *sluice.Record) { forget(r, l.attrs) }

// forget leaves nothing of last, which r's attributes were written over, reachable
// behind them.
func forget(r *sluice.Record, last []slog.Attr) {
	if n := len(r.Attrs); n < len(last) {
		clear(last[n:])
	}
}
