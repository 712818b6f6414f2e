package main

import (
	"fmt"
	"io"
	"strconv"
)

// acks prints the numbers of the lines that are written. The methods of nil do
// nothing.
type acks struct {
	w      io.Writer
	line   uint64 // that ended last
	torn   bool   // a piece of the line that has not ended yet was refused
	buf    []byte
	failed error
}

// written prints the numbers of the lines that end in p, where its records end.
func (a *acks) written(p []byte, ends []int) {
	if a == nil {
		return
	}
	a.buf = a.buf[:0]
	for _, end := range ends {
		if p[end-1] != '\n' {
			continue // a piece of a long line
		}
		a.line++
		if !a.torn {
			a.buf = append(strconv.AppendUint(a.buf, a.line, 10), '\n')
		}
		a.torn = false
	}
	if len(a.buf) == 0 || a.failed != nil {
		return
	}
	if _, err := a.w.Write(a.buf); err != nil {
		a.failed = fmt.Errorf("standard output: %w", err)
	}
}

// refused counts a line of which p, its last record, was not written.
func (a *acks) refused(p []byte) {
	if a == nil {
		return
	}
	if a.torn = p[len(p)-1] != '\n'; !a.torn {
		a.line++
	}
}

func (a *acks) err() error {
	if a == nil {
		return nil
	}
	return a.failed
}
