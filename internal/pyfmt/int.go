package pyfmt

import (
	"math/big"
	"strconv"

	"github.com/sluicelog/sluice/pyval"
)

// appendDigits appends the digits of |z|.
func appendDigits(dst []byte, z integer, base int, upper bool) ([]byte, error) {
	start := len(dst)
	if z.big == nil {
		u := uint64(z.small)
		if z.small < 0 {
			u = -u
		}
		dst = strconv.AppendUint(dst, u, base)
	} else {
		var err error
		if dst, err = appendBigDigits(dst, z.big, base); err != nil {
			return dst, err
		}
	}
	if upper {
		for i := start; i < len(dst); i++ {
			if c := dst[i]; c >= 'a' && c <= 'z' {
				dst[i] = c - 'a' + 'A'
			}
		}
	}
	return dst, nil
}

func appendBigDigits(dst []byte, z *big.Int, base int) ([]byte, error) {
	if base == 10 && z.BitLen() > pyval.MaxIntDigits*10/3 {
		return dst, tooManyDigits()
	}
	start := len(dst)
	dst = new(big.Int).Abs(z).Append(dst, base)
	if base == 10 && len(dst)-start > pyval.MaxIntDigits {
		return dst[:start], tooManyDigits()
	}
	return dst, nil
}

func tooManyDigits() error {
	return valueError("Exceeds the limit (%d digits) for integer string conversion", pyval.MaxIntDigits)
}
