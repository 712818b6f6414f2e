package pyfmt

import (
	"bytes"
	"math"
	"strconv"
)

// floatStyle says how a float is written.
type floatStyle struct {
	code  byte // e, f, g, or r for repr
	prec  int
	alt   bool // # : the point stays
	dot0  bool // at least one digit after the point, unless there is an exponent
	upper bool
	noNeg bool // z : no minus before what is rounded to zero
}

// appendAbs appends |x|, and reports whether a minus belongs before it.
func (s floatStyle) appendAbs(dst []byte, x float64) (_ []byte, negative bool) {
	start := len(dst)
	switch {
	case math.IsNaN(x):
		dst = append(dst, "nan"...)
	case math.IsInf(x, 0):
		dst = append(dst, "inf"...)
		negative = x < 0
	default:
		negative = math.Signbit(x)
		dst = s.appendFinite(dst, math.Abs(x))
		if negative && s.noNeg && isZero(dst[start:]) {
			negative = false
		}
	}
	if s.upper {
		for i := start; i < len(dst); i++ {
			if c := dst[i]; c >= 'a' && c <= 'z' {
				dst[i] = c - 'a' + 'A'
			}
		}
	}
	return dst, negative
}

func isZero(text []byte) bool {
	for _, c := range text {
		if c == 'e' {
			break
		}
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}

func (s floatStyle) appendFinite(dst []byte, x float64) []byte {
	start := len(dst)
	switch s.code {
	case 'e':
		return s.point(strconv.AppendFloat(dst, x, 'e', s.prec, 64), start)
	case 'f':
		return s.point(strconv.AppendFloat(dst, x, 'f', s.prec, 64), start)
	case 'r':
		if x != 0 && (x < 1e-4 || x >= 1e16) {
			return s.point(strconv.AppendFloat(dst, x, 'e', -1, 64), start)
		}
		return s.point(strconv.AppendFloat(dst, x, 'f', -1, 64), start)
	}
	return s.general(dst, x)
}

// general writes 'g': by the exponent that x has when rounded to the precision.
func (s floatStyle) general(dst []byte, x float64) []byte {
	start := len(dst)
	prec := max(s.prec, 1)
	dst = strconv.AppendFloat(dst, x, 'e', prec-1, 64)
	e := bytes.LastIndexByte(dst, 'e')
	exp, _ := strconv.Atoi(string(dst[e+1:])) // strconv wrote it
	most := prec
	if s.dot0 {
		most--
	}
	if exp < -4 || exp+1 > most {
		if !s.alt {
			trimmed := len(trimZeros(dst[start:e]))
			dst = append(dst[:start+trimmed], dst[e:]...)
		}
		return s.point(dst, start)
	}
	dst = strconv.AppendFloat(dst[:start], x, 'f', prec-1-exp, 64)
	if !s.alt {
		dst = dst[:start+len(trimZeros(dst[start:]))]
	}
	return s.point(dst, start)
}

// trimZeros cuts the zeros at the end of a fraction, and its point.
func trimZeros(b []byte) []byte {
	if bytes.IndexByte(b, '.') < 0 {
		return b
	}
	return bytes.TrimSuffix(bytes.TrimRight(b, "0"), []byte("."))
}

// point adds the point, and digit, that alt and dot0 ask for.
func (s floatStyle) point(dst []byte, start int) []byte {
	if !s.alt && !s.dot0 || bytes.IndexByte(dst[start:], '.') >= 0 {
		return dst
	}
	if e := bytes.IndexByte(dst[start:], 'e'); e >= 0 {
		if s.alt {
			dst = insertFill(dst, start+e, '.', 1)
		}
		return dst
	}
	dst = append(dst, '.')
	if s.dot0 {
		dst = append(dst, '0')
	}
	return dst
}
