package sluice

// Message is a Formatter that makes of a record its message and, as Logfmt does,
// its attributes, with the text of an error and a stack on lines of their own behind
// it: for destinations that have the time and the level in another place, as syslog
// and mail have. The message is written as it is.
type Message struct{}

// AppendRecord appends the text of r; it never fails.
func (f Message) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	start := len(dst)
	dst = append(dst, r.Message...)
	if r.Scope != nil {
		dst = append(dst, r.Scope.Text(f)...)
	}
	prefix := r.Scope.Prefix()
	for i := range r.Attrs {
		dst = appendLogfmtAttr(dst, prefix, &r.Attrs[i])
	}
	for _, text := range [...]string{r.ExcText, r.StackInfo} {
		if text == "" {
			continue
		}
		if len(dst) > start && dst[len(dst)-1] != '\n' {
			dst = append(dst, '\n')
		}
		dst = append(dst, text...)
	}
	return dst, nil
}

// AppendScope appends the attributes that s binds.
func (Message) AppendScope(dst []byte, s *Scope) []byte { return new(Logfmt).AppendScope(dst, s) }
