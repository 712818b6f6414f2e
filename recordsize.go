package sluice

import "log/slog"

// size is about how many bytes a copy of r keeps, without what it shares.
func (r *Record) size() int {
	n := recordSize + len(r.LevelName) + len(r.Name) + len(r.Message) + len(r.ExcText) + len(r.StackInfo)
	if s := r.Source; s != nil {
		n += sourceSize + len(s.Function) + len(s.File)
	}
	if o := r.Origin; o != nil {
		n += originSize + len(o.Peer) + len(o.ProcessName) + len(o.ThreadName) + len(o.TaskName) + pairSize*len(o.Residue)
	}
	return n + attrsSize(r.Attrs)
}

// Bytes of the structs alone, where a pointer has eight.
const (
	recordSize = 176
	sourceSize = 40
	originSize = 112
	pairSize   = 32
	attrSize   = 40
)

func attrsSize(attrs []slog.Attr) int {
	n := attrSize * len(attrs)
	for i := range attrs {
		a := &attrs[i]
		n += len(a.Key)
		switch a.Value.Kind() {
		case slog.KindString:
			n += len(a.Value.String())
		case slog.KindGroup:
			n += attrsSize(a.Value.Group())
		}
	}
	return n
}
