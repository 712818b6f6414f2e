package pyfmt

import (
	"fmt"
	"log/slog"

	"github.com/sluicelog/sluice/pyval"
)

// Message is the message of a log record that came with msg and args, Python's
// getMessage: str(msg), merged with args by Mod unless those are empty. limit is
// as of Mod.
func Message(msg, args any, limit int) (string, error) {
	text := pyval.Str(msg)
	if !truth(args) {
		return text, nil
	}
	return Mod(text, args, limit)
}

// Mod is Python's format % args. args is a pyval.Tuple of arguments, a *pyval.Dict
// that %(key)s looks into, or one argument. A result of more than limit bytes is
// an error; a limit that is not positive is MaxWidth. The text of a value that is
// no str is cut, visibly, where pyval.Repr cuts. What Python would raise comes as
// an *Error.
func Mod(format string, args any, limit int) (string, error) {
	dst, err := appendMod(nil, format, args, limit)
	if err != nil {
		return "", err
	}
	return string(dst), nil
}

func appendMod(dst []byte, format string, args any, limit int) ([]byte, error) {
	if limit <= 0 || limit > MaxWidth {
		limit = MaxWidth
	}
	s := source{format: format, limit: limit}
	switch args := args.(type) {
	case pyval.Tuple:
		s.items = args
	case *pyval.Dict, *pyval.List, pyval.Bytes, *pyval.ByteArray:
		// Python takes whatever has [] for a mapping, and then does not ask
		// whether it was used.
		s.mapping = args
		s.set(slog.AnyValue(args))
	default:
		s.set(slog.AnyValue(args))
	}
	start := len(dst)
	for pos := 0; ; {
		f, next, more := parsePercent(format, pos)
		dst = append(dst, f.text...)
		if len(dst)-start > limit {
			return dst, &Error{"MemoryError", fmt.Sprintf("more than %d bytes", limit)}
		}
		if !more {
			break
		}
		pos = next
		if f.literal {
			continue
		}
		var err error
		if dst, err = s.appendField(dst, &f); err != nil {
			return dst, err
		}
	}
	if (len(s.items) > 0 || s.left) && s.mapping == nil {
		return dst, typeError("not all arguments converted during string formatting")
	}
	return dst, nil
}
