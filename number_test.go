package sluice

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// FuzzAppendFloat: appendFloat is strconv's, whatever the number.
func FuzzAppendFloat(f *testing.F) {
	for _, v := range []float64{
		0, math.Copysign(0, -1), 1, -1, 0.73, 0.001, 0.0005, 0.0009999999999999999, 0.1 + 0.2, 1.005, 2.675,
		999999.999, 999999.9995, 1e6, 1e6 - 1, 123456.7, 1e21, 5e-324, math.MaxFloat64, math.Inf(1), math.NaN(),
	} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) { sameAsStrconv(t, v) })
}

// TestAppendFloat looks at the short decimals, and at the numbers next to them,
// which need all their digits.
func TestAppendFloat(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		v := float64(random.IntN(2_000_000_000)-1_000_000_000) / 1000
		for _, v := range []float64{v, math.Nextafter(v, math.Inf(1)), math.Nextafter(v, math.Inf(-1)), v / 1000} {
			sameAsStrconv(t, v)
		}
	}
}

func sameAsStrconv(t *testing.T, v float64) {
	t.Helper()
	for _, format := range []byte{'f', 'g'} {
		got, want := string(appendFloat(nil, v, format)), strconv.FormatFloat(v, format, -1, 64)
		if got != want {
			t.Fatalf("%c: %q, want %q", format, got, want)
		}
	}
}

// FuzzAppendInt: integers and durations are strconv's and time's, whatever they are.
func FuzzAppendInt(f *testing.F) {
	f.Add(int64(math.MinInt64))
	f.Add(int64(math.MaxInt64))
	for n := int64(1); n < math.MaxInt64/10; n *= 10 {
		for _, d := range []int64{-1, 0, 1, n / 2, 5 * n} {
			f.Add(n + d)
			f.Add(-n - d)
		}
	}
	for _, d := range []time.Duration{time.Minute, time.Hour, 59 * time.Second, 61 * time.Minute, 3*time.Hour + time.Nanosecond} {
		f.Add(int64(d))
	}
	f.Fuzz(func(t *testing.T, n int64) {
		if got, want := string(appendInt(nil, n)), strconv.FormatInt(n, 10); got != want {
			t.Errorf("int %q, want %q", got, want)
		}
		if got, want := string(appendUint(nil, uint64(n))), strconv.FormatUint(uint64(n), 10); got != want {
			t.Errorf("uint %q, want %q", got, want)
		}
		if got, want := string(appendDuration(nil, time.Duration(n))), time.Duration(n).String(); got != want {
			t.Errorf("duration %q, want %q", got, want)
		}
	})
}
