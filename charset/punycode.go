package charset

import "slices"

// appendPunycode encodes a text in letters, digits and hyphens, its ASCII
// characters first. (RFC 3492.)
func appendPunycode(dst []byte, text []rune) ([]byte, *fault) {
	const (
		initialBias = 72
		initialN    = 0x80
	)
	var others []rune
	basic := 0
	for _, r := range text {
		if r < initialN {
			dst = append(dst, byte(r))
			basic++
		} else {
			others = append(others, r)
		}
	}
	if basic > 0 {
		dst = append(dst, '-')
	}
	slices.Sort(others)
	n, delta, bias := rune(initialN), 0, initialBias
	written := basic
	for _, next := range slices.Compact(others) {
		delta += int(next-n) * (written + 1)
		n = next
		for _, r := range text {
			switch {
			case r < n:
				delta++
			case r == n:
				dst = appendDelta(dst, delta, bias)
				bias = adapted(delta, written+1, written == basic)
				delta = 0
				written++
			}
		}
		delta++
		n++
	}
	return dst, nil
}

// The parameters of RFC 3492, section 5.
const (
	punyBase = 36
	punyTMin = 1
	punyTMax = 26
	punySkew = 38
	punyDamp = 700
)

// appendDelta writes a number, the least digit first; which digit is the last
// depends on the bias.
func appendDelta(dst []byte, delta, bias int) []byte {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyTMin), punyTMax)
		if delta < t {
			return append(dst, digits[delta])
		}
		dst = append(dst, digits[t+(delta-t)%(punyBase-t)])
		delta = (delta - t) / (punyBase - t)
	}
}

func adapted(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyTMin)*punyTMax/2; k += punyBase {
		delta /= punyBase - punyTMin
	}
	return k + (punyBase-punyTMin+1)*delta/(delta+punySkew)
}
