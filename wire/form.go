package wire

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// Form is the codec of Python's HTTPHandler: the attributes of a LogRecord as form
// data (application/x-www-form-urlencoded), each value by Python's str(). The zero
// Form is ready for use, by any number of goroutines.
type Form struct {
	Limits pickle.Limits `json:"limits,omitzero"` // of what ParseRecord spends
}

// maxFormText bounds the text of a value that is no str.
const maxFormText = 1 << 20

var errFormText = errors.New("form: half a surrogate pair, which UTF-8 cannot say")

// AppendRecord appends the form of r as Python's HTTPHandler sends it: Attributes,
// but the message and the args are apart as they came, and () in a record of this
// process. Half a surrogate pair is an error, as in Python; a byte that is no
// character, which no str of Python's has, is replaced.
func (f Form) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	d := Attributes(r)
	if r.Origin == nil {
		_ = d.Set(attrArgs.key(), pyval.Tuple(nil)) // a str is never refused
	}
	return f.AppendDict(dst, d)
}

// AppendDict appends the form of d. (Python: urllib.parse.urlencode.)
func (Form) AppendDict(dst []byte, d *pyval.Dict) ([]byte, error) {
	from := len(dst)
	var text []byte
	for i, p := range d.Pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		for j, v := range [...]any{p.Key, p.Value} {
			if j > 0 {
				dst = append(dst, '=')
			}
			if s, ok := v.(pyval.Bytes); ok {
				dst = appendQuoted(dst, string(s))
				continue
			}
			s, ok := v.(string)
			if !ok {
				text = pyval.AppendRepr(text[:0], v, maxFormText)
				s = string(text)
			}
			if !utf8.ValidString(s) {
				if hasSurrogate([]byte(s)) {
					return dst[:from], errFormText
				}
				s = strings.ToValidUTF8(s, "\ufffd")
			}
			dst = appendQuoted(dst, s)
		}
	}
	return dst, nil
}

// appendQuoted is Python's urllib.parse.quote_plus.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c), strings.IndexByte("_.-~", c) >= 0:
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
