package charset

import "fmt"

// EncodeError says that an encoding has no code for some characters, and that the
// policy does not help. (Python: UnicodeEncodeError.)
type EncodeError struct {
	Encoding   string // as CPython names it: "ascii", "charmap", "shift_jis"
	Start, End int    // the characters' place in the text, counted in code points
	Reason     string
	Char       rune // the first of them
}

// Permanent says that it is no use to encode the same text again.
func (e *EncodeError) Permanent() bool { return true }

// Error is CPython's text.
func (e *EncodeError) Error() string {
	if e.End-e.Start == 1 {
		c := appendBackslash(nil, e.Char)
		return fmt.Sprintf("'%s' codec can't encode character '%s' in position %d: %s", e.Encoding, c, e.Start, e.Reason)
	}
	return fmt.Sprintf("'%s' codec can't encode characters in position %d-%d: %s", e.Encoding, e.Start, e.End-1, e.Reason)
}
