package parsers

import (
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
)

// texts are values, formats are messages with arguments.
var (
	texts = []string{"", "hello", "größe", "\U0001f600", "a\nb", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\x1b[31m", "\u202e", "{}", "=", `"`, `\`, "%", "${jndi:ldap://x}", "../../etc/passwd", "00000000000000aa-1", "1", "True", "None", "nan",
		strings.Repeat("x", 300), strings.Repeat("é", 40)}
	formats = []string{"%s", "%d", "%r", "%(a)s", "%999999999d", "%.999999999f", "%*d", "%s %s %s", "%%", "%", "%c", "%x", "%e", "%a", "%-10s|", "%(a", "%0100d", "plain"}
)

// makeJSON appends an object.
func makeJSON(r *rand.Rand, dst []byte) []byte {
	dst = append(dst, '{')
	for i := range r.IntN(12) {
		if i > 0 {
			dst = append(dst, ", "[:1+r.IntN(2)]...)
		}
		dst = appendQuoted(r, dst, pickleKeys[r.IntN(len(pickleKeys))])
		dst = append(dst, ':')
		dst = appendJSON(r, dst, 4)
	}
	return append(dst, '}')
}

func appendJSON(r *rand.Rand, dst []byte, depth int) []byte {
	n := r.IntN(12)
	if depth == 0 {
		n = r.IntN(8)
	}
	switch n {
	case 0, 1:
		return append(dst, []string{"null", "true", "false", "NaN", "Infinity", "-Infinity"}[r.IntN(6)]...)
	case 2:
		return strconv.AppendInt(dst, int64(interesting[r.IntN(len(interesting))]), 10)
	case 3:
		return strconv.AppendFloat(dst, r.NormFloat64()*float64(interesting[r.IntN(len(interesting))]), 'g', -1, 64)
	case 4:
		return append(dst, []string{"-0", "0.0", "1e5", "1E+400", "-", "01", "1.", strings.Repeat("9", 50), "1e-999"}[r.IntN(9)]...)
	case 5:
		return appendQuoted(r, dst, formats[r.IntN(len(formats))])
	case 6, 7:
		return appendQuoted(r, dst, texts[r.IntN(len(texts))])
	case 8, 9:
		dst = append(dst, '[')
		for i := range r.IntN(4) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(r, dst, depth-1)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for i := range r.IntN(4) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(r, dst, pickleKeys[r.IntN(len(pickleKeys))]), ':')
		dst = appendJSON(r, dst, depth-1)
	}
	return append(dst, '}')
}

func appendQuoted(r *rand.Rand, dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, c := range []byte(s) {
		switch {
		case c < ' ' || c == '"' || c == '\\' || r.IntN(16) == 0:
			dst = append(dst, `\u00`...)
			dst = append(dst, "0123456789abcdef"[c>>4], "0123456789ABCDEF"[c&15])
		default:
			dst = append(dst, c)
		}
	}
	if r.IntN(8) == 0 {
		dst = append(dst, []string{`\ud800`, `\ud83d\ude00`, `\/`, `\b\f\n\r\t`, `\u0000`}[r.IntN(5)]...)
	}
	return append(dst, '"')
}

// makeForm appends a form as Python's urlencode of a record makes it, whose values are
// the str of Python's.
func makeForm(r *rand.Rand, dst []byte) []byte {
	for i := range r.IntN(16) {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, url.QueryEscape(pickleKeys[r.IntN(len(pickleKeys))])...)
		dst = append(dst, '=')
		var v string
		switch r.IntN(5) {
		case 0:
			v = formats[r.IntN(len(formats))]
		case 1:
			v = strconv.FormatUint(interesting[r.IntN(len(interesting))], 10)
		case 2:
			v = []string{"('a',)", "(1, 2.5, None)", "({'a': 1},)", "(<object at 0x7f>,)", "()", "('", "(b'x', 'é\\n')", "('a' 'b')", "(((((1,),),),),)", "('a')", "[1, [2]]"}[r.IntN(11)]
		default:
			v = texts[r.IntN(len(texts))]
		}
		dst = append(dst, url.QueryEscape(v)...)
	}
	return dst
}

// makeSyslog appends a message of one of the formats that are about.
func makeSyslog(r *rand.Rand, dst []byte) []byte {
	if r.IntN(8) > 0 {
		dst = append(strconv.AppendUint(append(dst, '<'), interesting[r.IntN(len(interesting))]%1000, 10), '>')
	}
	one := func(all ...string) { dst = append(dst, all[r.IntN(len(all))]...) }
	switch r.IntN(3) {
	case 0:
		one("1 ", "1", "2 ", "01 ")
		one("2003-10-11T22:14:15.003Z ", "2003-08-24T05:14:15.000003-07:00 ", "- ", "2003-13-41T25:61:61Z ", "2003-10-11T22:14:15.123456789Z ", "")
		for range 4 {
			one("- ", "host ", "su ", "ID47 ", "größe ", "  ", strings.Repeat("x", 300)+" ")
		}
		for range r.IntN(4) {
			one("[", "[[")
			one("e@32473", "sluice@32473", "a b", "timeQuality", "")
			for range r.IntN(4) {
				one(" ", "  ", "")
				one("i", "logger", "levelno", "level", "a=b")
				one(`="1"`, `="\"\]\\"`, `="x`, `=`, `="60"`, `="é"`, `="\n"`)
			}
			one("]", "", "]]")
		}
		one("-", "", " ", " \ufeff")
	case 1:
		one("Oct 11 22:14:15 ", "Oct  1 22:14:15 ", "*Oct 11 2003 22:14:15.5: ", "2026-11-20T10:00:00Z ", "Oct 11 ", "Feb 30 24:60:60 ", "")
		one("mymachine ", "fe80::1 ", "", "1.2.3.4 ", strings.Repeat("h", 300)+" ")
		one("su: ", "su[42]: ", "%SYS-5-X: ", "a/b.c[: ", "x[99999999999999999999]: ", "")
	}
	one(texts...)
	one(formats...)
	one("\x00", "\n", "", "\r\n")
	return dst
}

// sentences gives where the fields of a text end.
func sentences(data []byte) (ends []int) {
	for i, c := range data {
		switch c {
		case ' ', ',', ':', '&', '=', '[', ']', '{', '}', '<', '>', '\n', 0, '"':
			ends = append(ends, i+1)
		}
	}
	return append(ends, len(data))
}
