package wire

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// ParseRecord makes a record of a line, as logging.makeLogRecord(json.loads(line))
// does: what json.loads refuses, and what is no object, is an error. For the fields
// see Pickle.ParseRecord. Where no msg came, a message that is a string stands for it:
// it is what formatters write that know a record's text alone.
func (j JSON) ParseRecord(data []byte) (*sluice.Record, error) {
	pickled, err := repickle(data)
	if err != nil {
		return nil, err
	}
	return Pickle{Limits: j.Limits}.ParseRecord(pickled)
}

// ParseRecordInto is ParseRecord as Pickle.ParseRecordInto is.
func (j JSON) ParseRecordInto(r *sluice.Record, data []byte) error {
	pickled, err := repickle(data)
	if err != nil {
		var last former
		last.take(r)
		last.forget(r)
		return err
	}
	return Pickle{Limits: j.Limits}.ParseRecordInto(r, pickled)
}

// repickle makes a pickle of a line: the rules by which attributes become a record
// are those of pickles.
func repickle(data []byte) ([]byte, error) {
	p := jsonParser{text: string(data)}
	d, err := p.record()
	if err != nil {
		return nil, fmt.Errorf("json: at byte %d: %w", len(data)-len(p.text), err)
	}
	if _, came := d.Get("msg"); !came {
		if message, _ := d.Get("message"); isString(message) {
			_ = d.Set("msg", message)
		}
	}
	pickled, err := pickle.Append(nil, d)
	if err != nil {
		return nil, fmt.Errorf("json: %w", err)
	}
	return pickled, nil
}

func isString(v any) bool {
	_, ok := v.(string)
	return ok
}

var (
	errJSONEnd    = errors.New("it ends too early")
	errJSONSyntax = errors.New("no JSON")
)

// jsonParser reads Python's dialect of JSON, with NaN and the infinities.
type jsonParser struct {
	text   string // the rest
	values int
}

func (p *jsonParser) record() (*pyval.Dict, error) {
	p.space()
	if !p.take("{") {
		return nil, errors.New("a record must be an object")
	}
	d, err := p.object(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.text != "" {
		return nil, errors.New("there is more behind the object")
	}
	return d, nil
}

func (p *jsonParser) space() { p.text = strings.TrimLeft(p.text, " \t\r\n") }

func (p *jsonParser) take(s string) (ok bool) {
	p.text, ok = strings.CutPrefix(p.text, s)
	return ok
}

func (p *jsonParser) value(depth int) (any, error) {
	p.space()
	if p.text == "" {
		return nil, errJSONEnd
	}
	if p.values++; p.values > maxJSONValues {
		return nil, fmt.Errorf("more than %d values", maxJSONValues)
	}
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("deeper than %d", maxJSONDepth)
	}
	switch {
	case p.take("{"):
		return p.object(depth)
	case p.take("["):
		return p.array(depth)
	case p.take(`"`):
		return p.string()
	case p.take("null"):
		return nil, nil
	case p.take("true"):
		return true, nil
	case p.take("false"):
		return false, nil
	case p.take("NaN"):
		return math.NaN(), nil
	case p.take("Infinity"):
		return math.Inf(1), nil
	case p.take("-Infinity"):
		return math.Inf(-1), nil
	}
	return p.number()
}

func (p *jsonParser) array(depth int) (any, error) {
	l := &pyval.List{}
	if p.space(); p.take("]") {
		return l, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		l.Items = append(l.Items, v)
		switch p.space(); {
		case p.take("]"):
			return l, nil
		case !p.take(","):
			return nil, p.wrong()
		}
	}
}

// object reads what follows the brace. Of a key that comes twice the last counts.
func (p *jsonParser) object(depth int) (*pyval.Dict, error) {
	d := &pyval.Dict{}
	if p.space(); p.take("}") {
		return d, nil
	}
	for {
		if p.space(); !p.take(`"`) {
			return nil, p.wrong()
		}
		key, err := p.string()
		if err != nil {
			return nil, err
		}
		if p.space(); !p.take(":") {
			return nil, p.wrong()
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		_ = d.Set(key, v) // a str is never refused
		switch p.space(); {
		case p.take("}"):
			return d, nil
		case !p.take(","):
			return nil, p.wrong()
		}
	}
}

func (p *jsonParser) wrong() error {
	if p.text == "" {
		return errJSONEnd
	}
	return errJSONSyntax
}

// maxIntDigits is Python's limit for the text of an int.
const maxIntDigits = 4300

func (p *jsonParser) number() (any, error) {
	n := 0
	digits := func() (first byte, count int) {
		from := n
		for n < len(p.text) && isDigit(p.text[n]) {
			n++
		}
		if n == from {
			return 0, 0
		}
		return p.text[from], n - from
	}
	if p.text[0] == '-' {
		n++
	}
	if first, count := digits(); count == 0 || first == '0' && count > 1 {
		return nil, errJSONSyntax
	}
	whole := true
	if n < len(p.text) && p.text[n] == '.' {
		n++
		if _, count := digits(); count == 0 {
			return nil, errJSONSyntax
		}
		whole = false
	}
	if n < len(p.text) && p.text[n]|0x20 == 'e' {
		n++
		if n < len(p.text) && (p.text[n] == '+' || p.text[n] == '-') {
			n++
		}
		if _, count := digits(); count == 0 {
			return nil, errJSONSyntax
		}
		whole = false
	}
	text := p.text[:n]
	p.text = p.text[n:]
	if !whole {
		f, _ := strconv.ParseFloat(text, 64) // too large: infinite, as in Python
		return f, nil
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	if len(text) > maxIntDigits {
		return nil, fmt.Errorf("an int of %d digits", len(text))
	}
	z, _ := new(big.Int).SetString(text, 10)
	return pyval.Int(z), nil
}

// string reads what follows the quote. Half of a surrogate pair becomes the three
// bytes that package pickle makes of it.
func (p *jsonParser) string() (string, error) {
	n := strings.IndexAny(p.text, `"\`)
	if n < 0 {
		return "", errJSONEnd
	}
	if p.text[n] == '"' {
		s := p.text[:n]
		p.text = p.text[n+1:]
		return s, checkJSONText(s)
	}
	var b []byte
	for {
		n := strings.IndexAny(p.text, `"\`)
		if n < 0 || n+1 >= len(p.text) && p.text[n] == '\\' {
			return "", errJSONEnd
		}
		if err := checkJSONText(p.text[:n]); err != nil {
			return "", err
		}
		b = append(b, p.text[:n]...)
		c := p.text[n]
		p.text = p.text[n+1:]
		if c == '"' {
			return string(b), nil
		}
		var err error
		if b, err = p.escape(b); err != nil {
			return "", err
		}
	}
}

// escape reads what follows a backslash.
func (p *jsonParser) escape(b []byte) ([]byte, error) {
	c := p.text[0]
	p.text = p.text[1:]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return append(b, "\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return nil, errJSONSyntax
	}
	r, ok := hex4(p.text)
	if !ok {
		return nil, errJSONSyntax
	}
	p.text = p.text[4:]
	if rest, found := strings.CutPrefix(p.text, `\u`); found && utf16.IsSurrogate(r) {
		if low, ok := hex4(rest); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				p.text = rest[4:]
				return utf8.AppendRune(b, both), nil
			}
		}
	}
	if utf16.IsSurrogate(r) {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f), nil
	}
	return utf8.AppendRune(b, r), nil
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		switch c := s[i]; {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// checkJSONText refuses what json.loads does: control characters, and bytes that
// are no UTF-8. It takes surrogates.
func checkJSONText(s string) error {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			if s[i] < ' ' {
				return errors.New("a control character in a string")
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			if len(s) < i+3 || !hasSurrogate([]byte(s[i:i+3])) {
				return errors.New("a string is no UTF-8")
			}
			size = 3
		}
		i += size
	}
	return nil
}
