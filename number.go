package sluice

import "strconv"

// appendFloat appends f as strconv.AppendFloat does with format and the precision
// -1. What has at most three decimals, as most numbers that people log do, takes a
// third of the time.
func appendFloat(dst []byte, f float64, format byte) []byte {
	const scale = 1000
	a := f
	if f < 0 {
		a = -f
	}
	// From a million on, format 'g' has an exponent. Zero may have a sign.
	if a > 0 && a < 1e6 {
		// If the double nearest to n/scale is a, then n/scale is what AppendFloat
		// finds: of up to 15 digits no two decimals have the same nearest double.
		if n := uint64(a*scale + 0.5); n > 0 && float64(n)/scale == a {
			if f < 0 {
				dst = append(dst, '-')
			}
			return appendThousandths(dst, n)
		}
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}

// appendThousandths appends n/1000 without zeros at the end.
func appendThousandths(dst []byte, n uint64) []byte {
	dst = strconv.AppendUint(dst, n/1000, 10)
	rest := n % 1000
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.', byte('0'+rest/100))
	if rest %= 100; rest > 0 {
		dst = append(dst, byte('0'+rest/10))
		if rest %= 10; rest > 0 {
			dst = append(dst, byte('0'+rest))
		}
	}
	return dst
}
