// Package goroutine tells which goroutine runs. It is for what must not wait for
// itself.
package goroutine

import (
	"bytes"
	"reflect"
	"runtime"
)

// ID is the runtime's number of this goroutine. There is no cheaper way to it than
// the head of a stack trace, which takes microseconds, more where the stack is deep.
func ID() string {
	var buf [64]byte
	head := buf[:runtime.Stack(buf[:], false)]
	head = bytes.TrimPrefix(head, []byte("goroutine "))
	if i := bytes.IndexByte(head, ' '); i >= 0 {
		head = head[:i]
	}
	return string(head)
}

// Within says that this goroutine is inside of f: a function, or a method's
// expression, that is never inlined. It takes a fraction of the time of ID.
func Within(f any) bool {
	entry := reflect.ValueOf(f).Pointer()
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == entry {
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}
