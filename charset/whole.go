package charset

import "fmt"

// whole encodes a text that cannot be taken character by character.
type whole func(dst []byte, text []rune) ([]byte, *fault)

// fault is why a text is refused, and where.
type fault struct {
	start, end int
	reason     string
}

func (e *Encoder) appendWhole(dst, s []byte) ([]byte, error) {
	if e.strict && e.policy != Strict {
		return dst, fmt.Errorf("unsupported error handling: %s", e.policy)
	}
	var text []rune
	for len(s) > 0 {
		r, size := e.decode(s)
		text = append(text, r)
		s = s[size:]
	}
	code, bad := e.whole(dst, text)
	if bad == nil {
		return code, nil
	}
	// CPython's place may lie in what idna has made of the text.
	start := min(bad.start, len(text)-1)
	end := min(max(bad.end, start+1), len(text))
	return code[:len(dst)], &EncodeError{Encoding: e.name, Start: start, End: end, Reason: bad.reason, Char: text[start]}
}
