package pickle

import (
	"errors"
	"strconv"
)

// Error tells which opcode of a pickle cannot be followed, and why.
type Error struct {
	Op     string // Python's name of the opcode, as "BINPUT"
	Offset int    // of the opcode, in bytes
	Err    error
}

func (e *Error) Error() string {
	return "unpickle: " + e.Op + " at byte " + strconv.Itoa(e.Offset) + ": " + e.Err.Error()
}

// Unwrap gives Err.
func (e *Error) Unwrap() error { return e.Err }

var (
	errTruncated = errors.New("the pickle ends inside it")
	errStack     = errors.New("too few values on the stack")
	errMark      = errors.New("no mark on the stack")
)
