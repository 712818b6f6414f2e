package sluice

import (
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
)

// The attributes that become fields of the Record are told by the type of their
// value, not by their key: a program's own "name" or "error" stays an attribute.
// To a handler that does not know them they are ordinary values.
type (
	nameValue  string
	excValue   struct{ err error }
	stackValue string
)

func (v nameValue) LogValue() slog.Value  { return slog.StringValue(string(v)) }
func (v excValue) LogValue() slog.Value   { return slog.StringValue(excText(v.err)) }
func (v stackValue) LogValue() slog.Value { return slog.StringValue(string(v)) }

// Name makes the attribute that names the logger, as Python's getLogger does:
// slog.New(h).With(sluice.Name("app.db")). It becomes Record.Name. A name given
// later replaces the one before.
func Name(name string) slog.Attr { return slog.Any("logger", nameValue(name)) }

// Exc makes the attribute for an error that Python would pass as exc_info. Its
// type and text (with %+v for an error that formats itself, so that a stack it
// carries is shown) become Record.ExcText. A nil error gives the zero Attr, which
// is ignored.
func Exc(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	return slog.Any("exc", excValue{err})
}

// Stack makes an attribute of the calling goroutine's stack, outermost call
// first as Python's stack_info=True. It becomes Record.StackInfo.
func Stack() slog.Attr {
	const most = 64
	pcs := make([]uintptr, most)
	pcs = pcs[:runtime.Callers(2, pcs)]
	frames := runtime.CallersFrames(pcs)
	var lines []string
	for {
		f, more := frames.Next()
		// The lowest frames are the runtime's start of the goroutine.
		if f.Function != "" && f.Function != "runtime.goexit" && f.Function != "runtime.main" {
			lines = append(lines, "  File \""+f.File+"\", line "+strconv.Itoa(f.Line)+", in "+f.Function)
		}
		if !more {
			break
		}
	}
	var b strings.Builder
	b.WriteString("Stack (most recent call last):")
	for i := len(lines) - 1; i >= 0; i-- {
		b.WriteByte('\n')
		b.WriteString(lines[i])
	}
	return slog.Any("stack", stackValue(b.String()))
}

// excText is the error's type and text, as the last line of a Python traceback.
func excText(err error) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("%T: its text panicked: %v", err, p)
		}
	}()
	if f, ok := err.(fmt.Formatter); ok {
		return fmt.Sprintf("%T: %+v", err, f)
	}
	return fmt.Sprintf("%T: %s", err, err.Error())
}

// lifted is what Name, Exc and Stack said.
type lifted struct{ name, exc, stack string }

// lift takes a where it is one of Name, Exc and Stack, which are LogValuers.
func (l *lifted) lift(a slog.Attr) bool {
	switch v := a.Value.Any().(type) {
	case nameValue:
		l.name = string(v)
	case excValue:
		l.exc = excText(v.err)
	case stackValue:
		l.stack = string(v)
	default:
		return false
	}
	return true
}
