package receive

import (
	"bytes"
	"errors"
	"fmt"
)

// records calls yield with each record of c, and counts them. What is not whole is an
// error, and yield may have been called.
func (c *content) records(yield func(data []byte)) (n int, err error) {
	switch c.kind {
	case ndjsonType:
		for line := range bytes.Lines(c.data) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				n++
				yield(line)
			}
		}
		return n, nil
	case jsonType:
		return elements(c.data, yield)
	}
	if len(c.data) == 0 {
		return 0, nil
	}
	yield(c.data)
	return 1, nil
}

var errNoJSON = errors.New("neither a JSON object nor an array of them")

// elements calls yield with each element of a JSON array of objects, or with the one
// object. It sees where they end; whether they are JSON is for their parser to say.
func elements(data []byte, yield func([]byte)) (n int, err error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return 0, errNoJSON
	}
	if data[0] == '{' {
		yield(data)
		return 1, nil
	}
	if data[0] != '[' || data[len(data)-1] != ']' {
		return 0, errNoJSON
	}
	rest := bytes.TrimSpace(data[1 : len(data)-1])
	if len(rest) == 0 {
		return 0, nil
	}
	for {
		end := objectEnd(rest)
		if end == 0 {
			return n, fmt.Errorf("element %d is no whole object", n)
		}
		n++
		yield(rest[:end])
		if rest = bytes.TrimSpace(rest[end:]); len(rest) == 0 {
			return n, nil
		}
		if rest[0] != ',' {
			return n, fmt.Errorf("no comma behind element %d", n-1)
		}
		rest = bytes.TrimSpace(rest[1:])
	}
}

// objectEnd gives the length of the object that p begins with; 0: none, or not all
// of it.
func objectEnd(p []byte) int {
	if len(p) == 0 || p[0] != '{' {
		return 0
	}
	depth, quoted := 0, false
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
