package sluice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/sluicelog/sluice/pyval"
)

func appendJSONValue(dst []byte, kind slog.Kind, v slog.Value) []byte {
	switch kind {
	case slog.KindString:
		return appendJSONString(dst, v.String())
	case slog.KindInt64:
		return appendInt(dst, v.Int64())
	case slog.KindUint64:
		return appendUint(dst, v.Uint64())
	case slog.KindFloat64:
		return appendJSONFloat(dst, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration:
		return appendInt(dst, int64(v.Duration()))
	case slog.KindTime:
		dst = append(dst, '"')
		dst = v.Time().AppendFormat(dst, time.RFC3339Nano)
		return append(dst, '"')
	}
	return appendJSONAny(dst, v.Any())
}

func appendJSONFloat(dst []byte, f float64) []byte {
	if n, ok := thousandths(f); ok {
		return appendThousandths(dst, n)
	}
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"+Inf"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Inf"`...)
	}
	// The exponent form where encoding/json uses it.
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// appendJSONAny appends a value that slog has no kind for: Python's values in
// their own way, errors as their text, the rest as encoding/json does.
func appendJSONAny(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case error: // first, since it is the usual one
		if _, ok := v.(json.Marshaler); !ok {
			return appendJSONString(dst, textOf(v))
		}
	case pyval.Bytes, *pyval.ByteArray, pyval.Tuple, *pyval.List, *pyval.Dict, *pyval.Set, pyval.Opaque, complex128:
		w := pythonJSON{budget: maxPythonValues, end: len(dst) + maxPythonText}
		return w.append(dst, v, 0)
	}
	return appendMarshaled(dst, v)
}

func appendMarshaled(dst []byte, v any) (out []byte) {
	start := len(dst)
	defer func() {
		if p := recover(); p != nil {
			text := fmt.Sprintf("!PANIC: %v", p)
			if isNilPointer(v) {
				text = "<nil>"
			}
			out = appendJSONString(dst[:start], text)
		}
	}()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return appendJSONString(dst, "!ERROR: "+err.Error())
	}
	return appendShownJSON(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// appendShownJSON appends what encoding/json made, and escapes what it leaves in
// strings though it cannot be shown in a line: format characters, DEL, and bytes
// of a json.RawMessage that are no UTF-8.
func appendShownJSON(dst, p []byte) []byte {
	for {
		n := shownPrefix(p)
		dst = append(dst, p[:n]...)
		if n == len(p) {
			return dst
		}
		r, size := utf8.DecodeRune(p[n:])
		dst = appendJSONEscape(dst, r)
		p = p[n+size:]
	}
}

// appendJSONString appends s as a JSON string. Besides what JSON demands it
// escapes what cannot be shown in a line. Half of a surrogate pair, which
// Python's strings may hold, stays what it is; other bytes that are no UTF-8
// become U+FFFD.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if isText(s) {
		dst = append(dst, s...)
	} else {
		dst = appendJSONEscaped(dst, s)
	}
	return append(dst, '"')
}

func appendJSONEscaped(dst []byte, s string) []byte {
	for {
		n := plainPrefix(s, plainText)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return dst
		}
		s = s[n:]
		c := s[0]
		if c < utf8.RuneSelf {
			s = s[1:]
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u')
				dst = appendHex4(dst, rune(c))
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			if len(s) >= 3 && c == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80 {
				size = 3
				r = rune(c&0xf)<<12 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f)
			}
			dst = appendJSONEscape(dst, r)
		case showable(r):
			dst = append(dst, s[:size]...)
		default:
			dst = appendJSONEscape(dst, r)
		}
		s = s[size:]
	}
}

func appendJSONEscape(dst []byte, r rune) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		dst = appendHex4(append(dst, '\\', 'u'), 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return appendHex4(append(dst, '\\', 'u'), r)
}
