package pyfmt

import (
	"fmt"

	"github.com/sluicelog/sluice/pyval"
)

// Error is an exception that Python would raise.
type Error struct {
	Class string // ValueError, TypeError, OverflowError, IndexError, KeyError, AttributeError or MemoryError
	Msg   string
}

// Error gives class and message, as the last line of a traceback does.
func (e *Error) Error() string { return e.Class + ": " + e.Msg }

func valueError(format string, args ...any) error {
	return &Error{"ValueError", fmt.Sprintf(format, args...)}
}

func typeError(format string, args ...any) error {
	return &Error{"TypeError", fmt.Sprintf(format, args...)}
}

func overflowError(msg string) error { return &Error{"OverflowError", msg} }

// notFound is the KeyError that logging's Formatter turns into a ValueError.
func notFound(key any) error {
	return valueError("Formatting field not found in record: %s", pyval.Repr(key))
}

func keyError(key any) error { return &Error{"KeyError", pyval.Repr(key)} }

func tooWide(what string, n, most int) error {
	return &Error{"MemoryError", fmt.Sprintf("%s %d is more than %d", what, n, most)}
}
