package sluice

import (
	"math/bits"
	"slices"
	"strconv"
	"time"
)

// appendInt appends n in decimal.
func appendInt(dst []byte, n int64) []byte {
	if n < 0 {
		return appendUint(append(dst, '-'), -uint64(n))
	}
	return appendUint(dst, uint64(n))
}

// appendUint appends n in decimal: as strconv.AppendUint, but where it stays, which
// takes a third of the time.
func appendUint(dst []byte, n uint64) []byte {
	if n < 10 {
		return append(dst, '0'+byte(n))
	}
	start := len(dst)
	end := start + decimals(n)
	dst = slices.Grow(dst, 20)[:end]
	text := dst[start:end]
	i := len(text)
	for ; n >= 100; n /= 100 {
		i -= 2
		two := n % 100 * 2
		text[i], text[i+1] = twoDigits[two], twoDigits[two+1]
	}
	if n >= 10 {
		text[0], text[1] = twoDigits[n*2], twoDigits[n*2+1]
	} else {
		text[0] = '0' + byte(n)
	}
	return dst
}

// decimals is how many digits n has.
func decimals(n uint64) int {
	// log10(2) is about 1233/4096.
	d := bits.Len64(n) * 1233 >> 12
	if n >= powersOf10[d] {
		d++
	}
	return d
}

var powersOf10 = [20]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

const twoDigits = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// appendFloat appends f as strconv.AppendFloat does with format and the precision
// -1.
func appendFloat(dst []byte, f float64, format byte) []byte {
	if n, ok := thousandths(f); ok {
		return appendThousandths(dst, n)
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}

// thousandths gives n if the shortest text of f is that of n/1000, as it is for most
// numbers that people log: appendThousandths takes a third of the time.
func thousandths(f float64) (n int64, ok bool) {
	const scale = 1000
	// From a million on, format 'g' has an exponent. Zero may have a sign.
	if !(f < 1e6 && f > -1e6) || f == 0 {
		return 0, false
	}
	// If the double nearest to n/scale is f, then n/scale is what AppendFloat finds: of
	// up to 15 digits no two decimals have the same nearest double.
	half := 0.5
	if f < 0 {
		half = -0.5
	}
	n = int64(f*scale + half)
	return n, n != 0 && float64(n)/scale == f
}

// appendThousandths appends n/1000 without zeros at the end.
func appendThousandths(dst []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	return appendFraction(appendUint(dst, u/1000), u%1000, 3)
}

// appendFraction appends a point and n, which is less than 1, in units of its last
// decimal; without zeros at the end, so nothing if n is 0.
func appendFraction(dst []byte, n uint64, places int) []byte {
	if n == 0 {
		return dst
	}
	for ; n%10 == 0; n /= 10 {
		places--
	}
	dst = append(dst, ".000000000"[:1+places]...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}

// appendDuration appends what d.String() gives.
func appendDuration(dst []byte, d time.Duration) []byte {
	n := uint64(d)
	if d < 0 {
		dst = append(dst, '-')
		n = -n
	}
	switch {
	case n == 0:
		return append(dst, "0s"...)
	case n < 1e3:
		return append(appendUint(dst, n), "ns"...)
	case n < 1e6:
		return append(appendFraction(appendUint(dst, n/1e3), n%1e3, 3), "µs"...)
	case n < 1e9:
		return append(appendFraction(appendUint(dst, n/1e6), n%1e6, 6), "ms"...)
	}
	if n >= 60e9 {
		if n >= 3600e9 {
			dst = append(appendUint(dst, n/3600e9), 'h')
			n %= 3600e9
		}
		dst = append(appendUint(dst, n/60e9), 'm')
		n %= 60e9
	}
	return append(appendFraction(appendUint(dst, n/1e9), n%1e9, 9), 's')
}
