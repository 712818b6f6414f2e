package pickle

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/sluicelog/sluice/pyval"
)

// The longest numbers. Converting between text and number takes time that grows
// with the square, so Python 3.11 stops at 4300 digits as well.
const (
	maxDigits    = 4300
	maxIntBytes  = 1785 // the most whose every number has no more digits than that
	maxFloatText = 1000
)

var errNumber = errors.New("not a number")

func (m *machine) opInt() error {
	text, err := m.line()
	if err != nil {
		return err
	}
	// pickle.py: True and False before protocol 2.
	if text == "00" || text == "01" {
		m.push(boolValue(text == "01"))
		return nil
	}
	return m.pushIntText(text)
}

func (m *machine) opLong() error {
	text, err := m.line()
	if err != nil {
		return err
	}
	return m.pushIntText(strings.TrimSuffix(text, "L"))
}

func (m *machine) pushIntText(text string) error {
	if n, ok := parseDecimal(text); ok {
		m.push(intValue(n))
		return nil
	}
	// C's strtol and Python's int(text, 0): white space, sign, prefix, underscores.
	text = strings.Trim(text, " \t\r\v\f")
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		m.push(intValue(n))
		return nil
	}
	if len(text) > maxDigits+1 {
		return fmt.Errorf("%w: an int of more than %d digits", ErrTooLarge, maxDigits)
	}
	z, ok := new(big.Int).SetString(text, 0)
	if !ok {
		return errNumber
	}
	return m.pushInt(z)
}

// parseDecimal reads what picklers write: digits, at most 18, after a sign.
func parseDecimal(text string) (int64, bool) {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	var n int64
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n, true
}

func (m *machine) pushInt(z *big.Int) error {
	if z.IsInt64() {
		m.push(intValue(z.Int64()))
		return nil
	}
	return m.pushObject(pyval.Int(z))
}

// opLongBinary reads a two's complement number, little endian, of any length.
func (m *machine) opLongBinary(width uint64) error {
	n, err := m.number(width)
	if err != nil {
		return err
	}
	if n > math.MaxInt32 {
		return errors.New("negative length")
	}
	b, err := m.take(n)
	if err != nil {
		return err
	}
	if len(b) > maxIntBytes {
		return fmt.Errorf("%w: an int of %d bytes", ErrTooLarge, len(b))
	}
	if len(b) <= 8 {
		var n uint64
		for i := range len(b) {
			n |= uint64(b[i]) << (8 * i)
		}
		shift := 64 - 8*len(b)
		m.push(intValue(int64(n<<shift) >> shift))
		return nil
	}
	big8 := []byte(b)
	slices.Reverse(big8)
	z := new(big.Int).SetBytes(big8)
	if big8[0] >= 0x80 {
		z.Sub(z, new(big.Int).Lsh(big.NewInt(1), uint(8*len(big8))))
	}
	return m.pushInt(z)
}

func (m *machine) opFloat() error {
	text, err := m.line()
	if err != nil {
		return err
	}
	if len(text) > maxFloatText {
		return fmt.Errorf("%w: a float of %d characters", ErrTooLarge, len(text))
	}
	f, ok := parseFloat(text)
	if !ok {
		return errNumber
	}
	m.push(floatValue(f))
	return nil
}

// parseFloat reads what Python's float() reads, without white space and
// underscores, which picklers do not write.
func parseFloat(text string) (float64, bool) {
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 {
		return 0, false
	}
	switch strings.ToLower(digits) {
	case "inf", "infinity":
		return math.Inf(1 - 2*strings.Count(text, "-")), true
	case "nan":
		// The bits that C's strtod gives; those of math.NaN are others.
		return math.Copysign(math.Float64frombits(0x7FF8<<48), float64(1-2*strings.Count(text, "-"))), true
	}
	for i := range len(digits) {
		// Go would also read hexadecimal and underscores.
		if c := digits[i]; c-'0' > 9 && !strings.ContainsRune(".eE+-", rune(c)) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}
