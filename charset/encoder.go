package charset

import "unicode/utf8"

// Encoder encodes texts by themselves. It is immutable and safe for concurrent
// use.
type Encoder struct {
	*Encoding
	policy ErrorPolicy
	namer  Namer
}

// NewEncoder returns an Encoder. n is for NameReplace; without it no character has
// a name.
func NewEncoder(e *Encoding, p ErrorPolicy, n Namer) *Encoder {
	return &Encoder{Encoding: e, policy: p, namer: n}
}

// BOM returns what belongs in front of the first text of every file that is empty:
// the byte order mark of utf_16, utf_32 and utf_8_sig; otherwise nil.
func (e *Encoder) BOM() []byte {
	return []byte(e.bom)
}

// AppendEncode appends the code of s, without a byte order mark. If the policy
// does not allow that, dst is returned as it was, with an *EncodeError or the
// error of the policy's Check.
func (e *Encoder) AppendEncode(dst []byte, s string) ([]byte, error) {
	return e.append(dst, []byte(s)) // not copied: append neither keeps nor changes it
}

func (e *Encoder) append(dst, s []byte) ([]byte, error) {
	if e.copies && utf8.Valid(s) {
		return append(dst, s...), nil
	}
	if e.whole != nil {
		return e.appendWhole(dst, s)
	}
	w := progress{e: e, dst: dst}
	for len(s) > 0 {
		if e.ascii && w.s == 0 {
			n := asciiPrefix(s)
			w.dst = append(w.dst, s[:n]...)
			w.pos += n
			if s = s[n:]; len(s) == 0 {
				break
			}
		}
		r, size := e.decode(s)
		if w.put(r) {
			w.pos++
			s = s[size:]
			continue
		}
		n, err := w.refused(s)
		if err != nil {
			return w.dst[:len(dst)], err
		}
		s = s[n:]
	}
	if w.s != 0 {
		w.put(end)
	}
	return w.dst, nil
}

// asciiPrefix returns how many bytes below 0x80 s begins with.
func asciiPrefix(s []byte) int {
	for i, c := range s {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// decode returns the first character of s and its length in bytes.
func (e *Encoder) decode(s []byte) (rune, int) {
	r, size := utf8.DecodeRune(s)
	if r != utf8.RuneError || size != 1 {
		return r, size
	}
	if len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] < 0xc0 && s[2] >= 0x80 && s[2] < 0xc0 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	if e.policy == SurrogateEscape {
		return 0xdc00 | rune(s[0]), 1
	}
	return utf8.RuneError, 1
}

// progress is one text on its way.
type progress struct {
	e   *Encoder
	dst []byte
	pos int // in the text, in code points
	s   shift
}

// put writes r if it has a code.
func (w *progress) put(r rune) (ok bool) {
	w.dst, w.s, ok = w.e.codec.put(w.dst, r, w.s)
	return ok
}

// putASCII writes what stands for a character.
func (w *progress) putASCII(p []byte) bool {
	for _, c := range p {
		if !w.put(rune(c)) {
			return false
		}
	}
	return true
}

// refused does with the first character of s, which has no code, what the policy
// says, and with those after it that belong to the same error. It returns how many
// bytes they were.
func (w *progress) refused(s []byte) (int, error) {
	if err := w.e.policy.Check(); err != nil {
		return 0, err
	}
	start := w.pos
	n, count := w.run(s)
	for i := 0; i < n; w.pos++ {
		r, size := w.e.decode(s[i:])
		if !w.substitute(r) {
			if w.e.peels { // what surrogateescape could write is no part of the error
				return 0, w.e.failed(r, w.pos, start+count)
			}
			first, _ := w.e.decode(s)
			return 0, w.e.failed(first, start, start+count)
		}
		i += size
	}
	return n, nil
}

func (e *Encoder) failed(first rune, start, end int) error {
	return &EncodeError{Encoding: e.name, Start: start, End: end, Reason: e.reason, Char: first}
}

// run returns the length of an error at the beginning of s, in bytes and in code
// points.
func (w *progress) run(s []byte) (n, count int) {
	for n < len(s) {
		r, size := w.e.decode(s[n:])
		if count > 0 {
			if !w.e.runs {
				break
			}
			// An encoding with runs is stateless: what is put can be taken back.
			size0 := len(w.dst)
			if w.put(r) {
				w.dst = w.dst[:size0]
				break
			}
		}
		n += size
		count++
	}
	return n, count
}

// substitute writes what the policy has for r; false: it has nothing.
func (w *progress) substitute(r rune) bool {
	switch w.e.policy {
	case Strict:
		return false
	case Ignore:
		return true
	case SurrogateEscape:
		if r < 0xdc80 || r > 0xdcff || w.e.wide {
			return false
		}
		w.dst = append(w.dst, byte(r))
		return true
	case SurrogatePass:
		if w.e.pass == nil {
			return false
		}
		w.dst = w.e.pass(w.dst, r)
		return true
	}
	var room [128]byte // more than the longest of Unicode's names
	return w.putASCII(w.e.appendSubstitute(room[:0], r))
}
