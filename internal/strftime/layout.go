// Package strftime writes times as Python's time.strftime does on Linux: the
// conversions of glibc in the C locale, with its flags and widths.
//
// # Limits
//
// There is no other locale, and so E and O, where they are allowed, change
// nothing. A result longer than CPython makes room for (256 characters for each of
// the layout) is the empty text, as CPython's is. The layout's bytes are not
// looked into: a zero byte, which CPython refuses, is text like any other.
package strftime

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Layout is a compiled layout. It does not change and is safe for concurrent use.
type Layout struct {
	parts []part
	most  int // characters
}

// part is a text, or a conversion.
type part struct {
	text  string
	conv  byte // 0: text; '?': text as well, but padded
	pad   byte // _ - 0, or 0 for none
	upper bool // ^
	swap  bool // #
	width int
	sub   *Layout // what conv stands for, if that is a layout itself
}

// Compile compiles a layout. There is no layout that is wrong: what is no
// conversion is text.
func Compile(layout string) *Layout {
	l := &Layout{most: room(layout)}
	start := 0
	flush := func(end int) {
		if end > start {
			l.parts = append(l.parts, part{text: layout[start:end]})
		}
	}
	for i := 0; i < len(layout); {
		if layout[i] != '%' {
			i++
			continue
		}
		p, next := parse(layout, i)
		// More than there is room for is as good as any more.
		p.width = min(p.width, l.most+1)
		flush(i)
		l.parts = append(l.parts, p)
		i, start = next, next
	}
	flush(len(layout))
	return l
}

// room is the number of characters that CPython makes room for: buffers from
// 1024 on, twice as long each time, until there are 256 for each of the layout.
func room(layout string) int {
	n := 1024
	for n < 256*utf8.RuneCountInString(layout) {
		n *= 2
	}
	return n - 1
}

// parse reads the conversion at layout[i:], which begins with a percent sign.
func parse(layout string, i int) (p part, next int) {
	start := i
	i++
flags:
	for ; i < len(layout); i++ {
		switch c := layout[i]; c {
		case '_', '-', '0':
			p.pad = c
		case '^':
			p.upper = true
		case '#':
			p.swap = true
		default:
			break flags
		}
	}
	for ; i < len(layout) && layout[i] >= '0' && layout[i] <= '9'; i++ {
		p.width = min(p.width*10+int(layout[i]-'0'), math.MaxInt32/16)
	}
	var modifier byte
	if i < len(layout) && (layout[i] == 'E' || layout[i] == 'O') {
		modifier = layout[i]
		i++
	}
	if i < len(layout) && known(layout[i], modifier) {
		p.conv = layout[i]
		if l := longhand(p.conv); l != "" {
			p.sub = Compile(l)
		}
		return p, i + 1
	}
	p.conv = '?'
	up := p.upper
	if i < len(layout) {
		// As glibc has it, the character that is wrong belongs to the text, and
		// # has by then made capitals where it would for the right one.
		up = up || p.swap && strings.IndexByte("bBh", layout[i]) >= 0
		_, size := utf8.DecodeRuneInString(layout[i:])
		i += size
	}
	p.text = layout[start:i]
	if up && utf8.ValidString(p.text) {
		p.text = strings.Map(unicode.ToUpper, p.text)
	}
	return p, i
}

// known tells whether c is a conversion that takes the modifier, E, O or none.
func known(c, modifier byte) bool {
	var refused string
	switch modifier {
	case 'E':
		refused = "aAbBhdDeFHIjkmMlSUVgGWw"
	case 'O':
		refused = "aAcDFxXY"
	}
	const all = "%aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ"
	return strings.IndexByte(all, c) >= 0 && strings.IndexByte(refused, c) < 0
}

// longhand is the layout that c stands for in the C locale, if it stands for one.
func longhand(c byte) string {
	switch c {
	case 'c':
		return "%a %b %e %H:%M:%S %Y"
	case 'D', 'x':
		return "%m/%d/%y"
	case 'F':
		return "%Y-%m-%d"
	case 'R':
		return "%H:%M"
	case 'r':
		return "%I:%M:%S %p"
	case 'T', 'X':
		return "%H:%M:%S"
	}
	return ""
}
