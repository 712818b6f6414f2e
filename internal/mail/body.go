package mail

import (
	"bytes"
	"encoding/base64"
)

// contentmanager.py: _encode_text, with the policy's max_line_length.
const maxLine = 78

// The content transfer encodings.
const (
	sevenBit        = "7bit"
	eightBit        = "8bit"
	quotedPrintable = "quoted-printable"
	base64Encoding  = "base64"
)

// splitLines splits p at CR, LF and CRLF; an end of line at the end ends the last one.
func splitLines(p []byte) [][]byte {
	var lines [][]byte
	for len(p) > 0 {
		i := bytes.IndexAny(p, "\r\n")
		if i < 0 {
			return append(lines, p)
		}
		lines = append(lines, p[:i])
		if p[i] == '\r' && i+1 < len(p) && p[i+1] == '\n' {
			i++
		}
		p = p[i+1:]
	}
	return lines
}

// encodingOf chooses by the longest line, and for long ones by the first ten lines.
func encodingOf(lines [][]byte) string {
	longest, ascii := 0, true
	for _, l := range lines {
		longest = max(longest, len(l))
		ascii = ascii && isASCII(l)
	}
	if longest <= maxLine {
		if ascii {
			return sevenBit
		}
		return eightBit
	}
	first := lines[:min(10, len(lines))]
	bytesIn, quoted := 0, 0
	for _, l := range first {
		bytesIn += len(l) + 1
		// Python counts one byte for the end of each line here, soft or not.
		q := appendQuoted(nil, l)
		quoted += len(q) - bytes.Count(q, []byte("\r\n")) + 1
	}
	if quoted > base64.StdEncoding.EncodedLen(bytesIn)+1 {
		return base64Encoding
	}
	return quotedPrintable
}

// appendBody appends the encoded lines; mangle puts a ">" in front of "From ", as a
// mailbox file wants it.
func appendBody(dst []byte, lines [][]byte, encoding string, mangle bool) []byte {
	if encoding == base64Encoding {
		return appendBase64(dst, lines)
	}
	if len(lines) == 0 {
		lines = [][]byte{nil}
	}
	for _, l := range lines {
		start := len(dst)
		if encoding == quotedPrintable {
			dst = appendQuoted(dst, l)
		} else {
			dst = append(dst, l...)
		}
		dst = append(dst, '\r', '\n')
		if mangle {
			dst = mangleFrom(dst, start)
		}
	}
	return dst
}

// mangleFrom mangles the lines that begin at start or behind it.
func mangleFrom(dst []byte, start int) []byte {
	for start < len(dst) {
		if bytes.HasPrefix(dst[start:], []byte("From ")) {
			dst = append(dst, 0)
			copy(dst[start+1:], dst[start:])
			dst[start] = '>'
		}
		i := bytes.IndexByte(dst[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
	}
	return dst
}

func appendBase64(dst []byte, lines [][]byte) []byte {
	const perLine = maxLine / 4 * 3
	text := append(bytes.Join(lines, []byte("\n")), '\n')
	for len(text) > 0 {
		n := min(perLine, len(text))
		dst = base64.StdEncoding.AppendEncode(dst, text[:n])
		dst = append(dst, '\r', '\n')
		text = text[n:]
	}
	return dst
}

const hexDigits = "0123456789ABCDEF"

// appendQuoted appends one line in quoted-printable (RFC 2045, 6.7), with soft breaks
// where Python has them. (quoprimime.py: body_encode)
func appendQuoted(dst, line []byte) []byte {
	quoted := make([]byte, 0, len(line)+len(line)/4)
	for _, c := range line {
		if c >= ' ' && c <= '~' && c != '=' || c == '\t' {
			quoted = append(quoted, c)
		} else {
			quoted = append(quoted, '=', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	start, last := 0, len(quoted)-1-maxLine
	for start <= last {
		stop := start + maxLine - 1
		switch {
		case quoted[stop-2] == '=':
			stop -= 2
			dst = append(append(dst, quoted[start:stop]...), '=')
		case quoted[stop-1] == '=':
			stop--
			dst = append(append(dst, quoted[start:stop]...), '=')
		default:
			dst = append(append(dst, quoted[start:stop]...), '=')
		}
		dst = append(dst, '\r', '\n')
		start = stop
	}
	n := len(quoted)
	if n == 0 || quoted[n-1] != ' ' && quoted[n-1] != '\t' {
		return append(dst, quoted[start:]...)
	}
	// White space at the end of a line is lost on the way, unless quoted.
	space := quoted[n-1]
	dst = append(dst, quoted[start:n-1]...)
	switch room := start - last; {
	case room >= 3:
		return append(dst, '=', hexDigits[space>>4], hexDigits[space&15])
	case room == 2:
		return append(dst, space, '=', '\r', '\n')
	default:
		return append(dst, '=', '\r', '\n', '=', hexDigits[space>>4], hexDigits[space&15])
	}
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
