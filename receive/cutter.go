package receive

import "bytes"

// syslogCutter finds the messages in a stream of syslog. By the first of them it
// knows how a connection frames them: by their number of bytes in front (RFC 6587,
// 3.4.1), or by the NUL or the newline behind (3.4.2 and Python's).
type syslogCutter struct {
	kind    syslogKind
	scanned int // bytes of the message at hand in which there is no delimiter
}

type syslogKind uint8

const (
	framedUnknown syslogKind = iota
	framedOctet
	framedNUL
	framedLF
)

// maxDigits of an octet count.
const maxDigits = 9

// cut finds the first message of data: data[from:to], and the next one begins at
// next. Where it is not whole, to is -1, and next is where it would end if that is
// known, or 0. ended: no more will come, and what has no end ends here.
func (c *syslogCutter) cut(data []byte, ended bool) (from, to, next int) {
	if c.kind == framedUnknown || c.kind == framedOctet {
		skip := 0
		if c.kind == framedOctet {
			// Some end their messages although they count them.
			for skip < len(data) && (data[skip] == '\n' || data[skip] == 0) {
				skip++
			}
		}
		digits, n, more := octetCount(data[skip:], c.kind == framedUnknown)
		if more && !ended {
			return 0, -1, 0
		}
		if digits > 0 {
			c.kind, c.scanned = framedOctet, 0
			from = skip + digits + 1
			if next = from + n; next > len(data) {
				return from, -1, next
			}
			return from, next, next
		}
		if skip > 0 {
			return skip, skip, skip
		}
	}
	to = c.delimiter(data)
	switch {
	case to >= 0:
		c.scanned = 0
		next = to + 1
		if data[to] == '\n' && to > 0 && data[to-1] == '\r' {
			to--
		}
		return 0, to, next
	case ended:
		return 0, len(data), len(data)
	}
	c.scanned = len(data)
	return 0, -1, 0
}

// octetCount reads "123 ", and with sure also looks whether a priority follows it:
// a line of text may begin with a number. more: that cannot be told yet.
func octetCount(data []byte, sure bool) (digits, n int, more bool) {
	for digits < len(data) && digits < maxDigits && data[digits] >= '0' && data[digits] <= '9' {
		n = n*10 + int(data[digits]-'0')
		digits++
	}
	switch {
	case digits > 0 && data[0] == '0':
		return 0, 0, false
	case digits == len(data):
		return 0, 0, true
	case digits == 0 || data[digits] != ' ':
		return 0, 0, false
	case !sure:
		return digits, n, false
	case digits+1 == len(data):
		return 0, 0, true
	case data[digits+1] != '<':
		return 0, 0, false
	}
	return digits, n, false
}

// delimiter gives the index of the byte that ends the first message, or -1.
func (c *syslogCutter) delimiter(data []byte) int {
	s := c.scanned
	if c.kind == framedNUL {
		return indexFrom(data, s, 0)
	}
	lf := indexFrom(data, s, '\n')
	before := data
	if lf >= 0 {
		before = data[:lf]
	}
	nul := indexFrom(before, s, 0)
	if nul >= 0 && (c.kind == framedUnknown && lf < 0 || nul+1 == len(data) || data[nul+1] == '<') {
		if c.kind != framedOctet {
			c.kind = framedNUL
		}
		return nul
	}
	if lf < 0 || c.kind != framedUnknown {
		return lf
	}
	// The first newline of a connection: its messages may end with NUL and hold
	// newlines, as tracebacks do.
	c.kind = framedLF
	if nul = indexFrom(data, lf, 0); nul >= 0 && !startsPriority(data[lf+1:]) && !bytes.Contains(data[lf:nul], []byte("\n<")) {
		c.kind = framedNUL
		return nul
	}
	return lf
}

func indexFrom(data []byte, from int, c byte) int {
	if i := bytes.IndexByte(data[from:], c); i >= 0 {
		return from + i
	}
	return -1
}

func startsPriority(data []byte) bool {
	return len(data) > 1 && data[0] == '<' && data[1] >= '0' && data[1] <= '9'
}
