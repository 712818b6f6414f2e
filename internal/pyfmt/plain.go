package pyfmt

// Plain is a field that is str() of a value or its %d, and nothing more, and the text
// before it.
type Plain struct {
	Text   string
	Index  int  // in Keys; -1: the text alone
	Number bool // %d
}

// Plain gives the fields of a Format in which all are plain; nil for any other.
func (f *Format) Plain() []Plain {
	all := make([]Plain, 0, len(f.percent)+len(f.brace))
	for i := range f.percent {
		switch p := &f.percent[i]; {
		case p.literal:
			all = append(all, Plain{Text: p.text, Index: -1})
		case p.plain || p.number:
			all = append(all, Plain{p.text, p.index, p.number})
		default:
			return nil
		}
	}
	for i := range f.brace {
		switch b := &f.brace[i]; {
		case b.err == nil && b.literal:
			all = append(all, Plain{Text: b.text, Index: -1})
		case b.plain():
			all = append(all, Plain{Text: b.text, Index: b.index})
		default:
			return nil
		}
	}
	return all
}

// plain says that f is str() of the value of its key.
func (f *braceField) plain() bool {
	_, numeric, err := indexOf(f.key)
	return f.err == nil && err == nil && !numeric && f.key != "" && f.conv == 0 && f.rawSpec == "" && f.path == ""
}
