package wire

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// maxFormKeys bounds the attributes of a form.
const maxFormKeys = 10_000

// areArgs says that a LogRecord can have v for its args: what a program gave to the
// logging call, or the one dict of it.
func areArgs(v any) bool {
	switch v.(type) {
	case nil, pyval.Tuple, *pyval.Dict:
		return true
	}
	return false
}

// ParseRecord makes a record of form data. All that comes is text: what str() wrote
// of Python's own attributes becomes again what it was, as far as the text says it
// exactly. args become values, to be merged into the message; where they hold an
// object, which no text gives back, msg stays as it is and args becomes an
// attribute. An exception is known by the text of exc_info alone. Everything else is
// a str. For the fields see Pickle.ParseRecord.
//
// A key that comes twice has its last value, and bytes that are no UTF-8 are taken
// as Python's surrogateescape does. A form without a key is an error.
func (f Form) ParseRecord(data []byte) (*sluice.Record, error) {
	d, err := parseForm(string(data))
	if err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	text, lost := d.Get("args")
	if lost {
		args, err := pyval.Parse(text.(string))
		lost = err != nil || !areArgs(args)
		if lost {
			args = nil
		}
		_ = d.Set("args", args) // a str is never refused
	}
	// The rules by which attributes become a record are those of pickles.
	pickled, err := pickle.Append(nil, d)
	if err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	r, err := Pickle{Limits: f.Limits}.ParseRecord(pickled)
	if err != nil {
		return nil, err
	}
	if lost {
		r.Attrs = append(r.Attrs, slog.String("args", text.(string)))
	}
	// Without it nothing would show that there was an exception.
	info, _ := d.Get("exc_info")
	excText, came := d.Get("exc_text")
	if info, ok := info.(string); ok && came && excText == nil {
		r.ExcText = info
		r.Origin.Residue = append(r.Origin.Residue, pyval.Pair{Key: attrExcText.key(), Value: nil})
	}
	return r, nil
}

func parseForm(text string) (*pyval.Dict, error) {
	d := &pyval.Dict{}
	for field := range strings.SplitSeq(text, "&") {
		if field == "" {
			continue
		}
		if len(d.Pairs) >= maxFormKeys {
			return nil, fmt.Errorf("more than %d keys", maxFormKeys)
		}
		key, value, _ := strings.Cut(field, "=")
		key = unquote(key)
		value = unquote(value)
		_ = d.Set(key, valueOf(key, value)) // a str is never refused
	}
	if len(d.Pairs) == 0 {
		return nil, errors.New("no attributes")
	}
	return d, nil
}

// unquote is Python's urllib.parse.unquote_plus: what looks like an escape and is
// none stays as it is.
func unquote(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return wellFormed(s)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && unhex(s[i+1])|unhex(s[i+2]) < 16:
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return wellFormed(string(b))
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// wellFormed makes a str of any bytes: those that are no UTF-8 become the surrogates
// of Python's surrogateescape.
func wellFormed(s string) string {
	var b []byte
	from := 0
	for i := 0; i < len(s); {
		r, size := pyval.DecodeRune(s[i:])
		if size == 1 && r >= 0x80 {
			b = append(append(b, s[from:i]...), 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			from = i + 1
		}
		i += size
	}
	if from == 0 {
		return s
	}
	return string(append(b, s[from:]...))
}

// valueOf gives what str() wrote as text, if one of Python's own attributes can be
// nothing else.
func valueOf(key, text string) any {
	switch attrOf(key) {
	case attrLevelno, attrLineno, attrThread, attrProcess, attrCreated, attrMsecs, attrRelativeCreated:
		if v, err := pyval.Parse(text); err == nil && pyval.Str(v) == text {
			return v
		}
	case attrExcInfo, attrExcText, attrStackInfo, attrTaskName:
		if text == "None" {
			return nil
		}
	}
	return text
}
