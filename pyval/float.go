package pyval

import (
	"math"
	"strconv"
)

// AppendFloat appends Python's repr() of f, which is also its str(): the
// shortest decimal text that reads back as f, in exponent form below 1e-4 and
// from 1e16.
func AppendFloat(dst []byte, f float64) []byte {
	n := len(dst)
	dst = appendFloatPart(dst, f)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return dst
	}
	for _, c := range dst[n:] {
		if c == '.' || c == 'e' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendFloatPart is AppendFloat without the ".0" of a whole number, as the
// parts of a complex number are printed.
func appendFloatPart(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

func appendComplex(dst []byte, c complex128) []byte {
	re, im := real(c), imag(c)
	if re == 0 && !math.Signbit(re) {
		return append(appendFloatPart(dst, im), 'j')
	}
	dst = appendFloatPart(append(dst, '('), re)
	if math.IsNaN(im) || !math.Signbit(im) {
		dst = append(dst, '+')
	}
	return append(appendFloatPart(dst, im), "j)"...)
}
