package pyval

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Bounds of what Parse reads.
const (
	maxParseDepth  = 64
	maxParseValues = 100_000
)

var (
	errParseEnd    = errors.New("it ends too early")
	errParseSyntax = errors.New("no literal")
)

// Parse reads the value whose text Repr wrote, or Python's repr(): None, bools,
// numbers, str, bytes, bytearray, tuples, lists, dicts and sets. Anything else, such
// as the text of an object, is an error, as is what is deeper than 64 or holds more
// than 100 000 values; nothing is ever called. (Python: ast.literal_eval, which does
// not know inf and nan.)
func Parse(text string) (any, error) {
	p := parser{text: text}
	v, err := p.value(0)
	if err == nil {
		if p.space(); p.text != "" {
			err = errors.New("there is more behind the value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("python literal: at byte %d: %w", len(text)-len(p.text), err)
	}
	return v, nil
}

type parser struct {
	text   string // the rest
	values int
}

func (p *parser) space() { p.text = strings.TrimLeft(p.text, " ") }

func (p *parser) take(s string) (ok bool) {
	p.text, ok = strings.CutPrefix(p.text, s)
	return ok
}

func (p *parser) value(depth int) (any, error) {
	p.space()
	if p.text == "" {
		return nil, errParseEnd
	}
	if p.values++; p.values > maxParseValues {
		return nil, fmt.Errorf("more than %d values", maxParseValues)
	}
	if depth > maxParseDepth {
		return nil, fmt.Errorf("deeper than %d", maxParseDepth)
	}
	switch {
	case p.take("None"):
		return nil, nil
	case p.take("True"):
		return true, nil
	case p.take("False"):
		return false, nil
	case p.text[0] == '\'', p.text[0] == '"':
		return p.str()
	case strings.HasPrefix(p.text, "b'"), strings.HasPrefix(p.text, `b"`):
		p.text = p.text[1:]
		b, err := p.bytes()
		return Bytes(b), err
	case p.take("("):
		return p.parenthesis(depth)
	case p.take("["):
		items, _, err := p.items("]", depth)
		return &List{Items: items}, err
	case p.take("{"):
		return p.braces(depth)
	case p.take("bytearray("):
		return p.byteArray()
	case p.take("set("):
		return p.set(false, depth)
	case p.take("frozenset("):
		return p.set(true, depth)
	}
	return p.number()
}

// items reads what follows the bracket, up to end; comma says that there was one.
func (p *parser) items(end string, depth int) (items []any, comma bool, err error) {
	for {
		if p.space(); p.take(end) {
			return items, comma, nil
		}
		if len(items) > 0 && !comma {
			return nil, false, p.wrong()
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, false, err
		}
		items = append(items, v)
		p.space()
		if comma = p.take(","); !comma && !strings.HasPrefix(p.text, end) {
			return nil, false, p.wrong()
		}
	}
}

func (p *parser) wrong() error {
	if p.text == "" {
		return errParseEnd
	}
	return errParseSyntax
}

// parenthesis reads a tuple, or a value in parentheses, as a complex number is.
func (p *parser) parenthesis(depth int) (any, error) {
	items, comma, err := p.items(")", depth)
	if err == nil && len(items) == 1 && !comma {
		return items[0], nil
	}
	return Tuple(items), err
}

// braces reads a dict, or a set that is not empty.
func (p *parser) braces(depth int) (any, error) {
	d := &Dict{}
	if p.space(); p.take("}") {
		return d, nil
	}
	first, err := p.value(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.space(); !strings.HasPrefix(p.text, ":") {
		return p.elements(first, depth)
	}
	for key := first; ; {
		if p.space(); !p.take(":") {
			return nil, p.wrong()
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if err := d.Set(key, v); err != nil {
			return nil, err
		}
		p.space()
		comma := p.take(",")
		if p.space(); p.take("}") {
			return d, nil
		}
		if !comma {
			return nil, p.wrong()
		}
		if key, err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
}

// elements reads the rest of a set behind its first element.
func (p *parser) elements(first any, depth int) (any, error) {
	s := &Set{}
	if p.take(",") {
		p.space()
	} else if !strings.HasPrefix(p.text, "}") {
		return nil, p.wrong()
	}
	items, _, err := p.items("}", depth)
	if err != nil {
		return nil, err
	}
	for _, v := range append([]any{first}, items...) {
		if err := s.Add(v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// set reads what follows "set(" or "frozenset(".
func (p *parser) set(frozen bool, depth int) (any, error) {
	s := &Set{}
	if p.take("{") {
		v, err := p.braces(depth + 1)
		if err != nil {
			return nil, err
		}
		var ok bool
		if s, ok = v.(*Set); !ok {
			return nil, errParseSyntax
		}
	}
	s.Frozen = frozen
	if !p.take(")") {
		return nil, p.wrong()
	}
	return s, nil
}

func (p *parser) byteArray() (any, error) {
	a := &ByteArray{}
	if p.take("b") {
		b, err := p.bytes()
		if err != nil {
			return nil, err
		}
		a.Data = []byte(b)
	}
	if !p.take(")") {
		return nil, p.wrong()
	}
	return a, nil
}

// number reads an int, a float, or a complex number, which has a real part if it is
// in parentheses.
func (p *parser) number() (any, error) {
	v, re, imaginary, err := p.part()
	if err != nil {
		return nil, err
	}
	if imaginary {
		return complex(0, re), nil
	}
	if p.text == "" || p.text[0] != '+' && p.text[0] != '-' {
		return v, nil
	}
	_, im, imaginary, err := p.part()
	if err == nil && !imaginary {
		err = errParseSyntax
	}
	return complex(re, im), err
}

// part reads an int or a float, and the j behind it; f is its value as a float, in
// which -0 is another number than 0.
func (p *parser) part() (v any, f float64, imaginary bool, err error) {
	n := 0
	if n < len(p.text) && (p.text[n] == '+' || p.text[n] == '-') {
		n++
	}
	rest := p.text[n:]
	end, whole := digitsOf(rest)
	if strings.HasPrefix(rest, "inf") || strings.HasPrefix(rest, "nan") {
		end, whole = 3, false
	}
	if end == 0 {
		return nil, 0, false, p.wrong()
	}
	text := strings.TrimPrefix(p.text[:n+end], "+")
	if rest[0] == 'n' {
		text = rest[:3] // there is one NaN
	}
	f, _ = strconv.ParseFloat(text, 64) // too large: infinite, as in Python
	v = f
	if whole {
		if v, err = intOf(text); err != nil {
			return nil, 0, false, err
		}
	}
	p.text = rest[end:]
	return v, f, p.take("j"), nil
}

// digitsOf gives the length of the number that s begins with; 0: none.
func digitsOf(s string) (n int, whole bool) {
	run := func() (count int) {
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
			count++
		}
		return count
	}
	count := run()
	whole = true
	if n < len(s) && s[n] == '.' {
		n++
		count += run()
		whole = false
	}
	if count == 0 {
		return 0, false
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		n++
		if n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		if run() == 0 {
			return 0, false
		}
		whole = false
	}
	return n, whole
}

func intOf(text string) (any, error) {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) > MaxIntDigits {
		return nil, fmt.Errorf("an int of %d digits", len(digits))
	}
	if digits[0] == '0' && strings.Trim(digits, "0") != "" {
		return nil, errParseSyntax // 007
	}
	z, _ := new(big.Int).SetString(text, 10)
	return Int(z), nil
}
