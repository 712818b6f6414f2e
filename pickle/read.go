package pickle

import "strings"

// take reads the next n bytes.
func (m *machine) take(n uint64) (string, error) {
	if n > uint64(len(m.s)-m.pos) {
		return "", errTruncated
	}
	v := m.s[m.pos : m.pos+int(n)]
	m.pos += int(n)
	return v, nil
}

// number reads an unsigned number of width bytes, little endian.
func (m *machine) number(width uint64) (uint64, error) {
	b, err := m.take(width)
	var n uint64
	for i := range len(b) {
		n |= uint64(b[i]) << (8 * i)
	}
	return n, err
}

// sized reads a length of width bytes, and as many bytes as it says.
func (m *machine) sized(width uint64) (string, error) {
	n, err := m.number(width)
	if err != nil {
		return "", err
	}
	return m.take(n)
}

// line reads up to the next newline, which is not part of the result.
func (m *machine) line() (string, error) {
	n := strings.IndexByte(m.s[m.pos:], '\n')
	if n < 0 {
		return "", errTruncated
	}
	v := m.s[m.pos : m.pos+n]
	m.pos += n + 1
	return v, nil
}
