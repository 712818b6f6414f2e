package pickle

import "errors"

// Limits bounds what one pickle may cost. A zero field is its default.
type Limits struct {
	Bytes   int `json:"bytes,omitempty"`   // length of the pickle; default 16 MiB
	Depth   int `json:"depth,omitempty"`   // containers one inside another; default 1000, Python's own
	Objects int `json:"objects,omitempty"` // containers, instances, their elements, and values on the stack; default 262144
	Memo    int `json:"memo,omitempty"`    // values remembered for reuse; default 262144
}

// Sentinels that callers test with errors.Is.
var (
	// ErrRefused: the pickle wants something done that a decoder of data does not
	// do: a call, an import, a persistent object.
	ErrRefused = errors.New("refused")
	// ErrTooLarge: one of the Limits, or the largest int or key, is exceeded.
	ErrTooLarge = errors.New("too large")
	// ErrNotDict: DecodeFields read something else than a dict with str keys.
	ErrNotDict = errors.New("not a dict of attributes")
)

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 16 << 20
	}
	if l.Depth == 0 {
		l.Depth = 1000
	}
	if l.Objects == 0 {
		l.Objects = 1 << 18
	}
	if l.Memo == 0 {
		l.Memo = 1 << 18
	}
	return l
}
