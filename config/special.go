package config

import (
	"io"
	"io/fs"
	"reflect"
	"strconv"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/rotate"
)

// HandlerRef is an argument that is the name of another handler. Handler is the one
// of that name for as long as the System has one, also across Reload.
type HandlerRef struct {
	Name    string
	Handler *sluice.Handler // nil: the argument was not given
}

// StreamRef is an argument that is a stream: ext://sys.stdout, ext://sys.stderr, or
// one of Options.Streams.
type StreamRef struct {
	Name   string
	Writer io.Writer // nil: the argument was not given
}

// namerRef and rotatorRef are attributes that name functions.
type (
	namerRef   struct{ f func(path string) string }
	rotatorRef struct {
		f func(source, dest string) error
	}
)

// function gives the one of known that n names; the zero F for Python's None.
func function[F any](d decoder, n *node, path string, known map[string]F, where string) F {
	f, ok := known[n.text]
	if n.kind != null && (n.kind != text || !ok) {
		d.want(n, path, "one of "+where+d.near(n.text, keysOf(known)))
	}
	return f
}

// names is a list of texts, or one.
type names []string

// special sets values of types that a configuration spells in a way of its own.
func (d decoder) special(n *node, path string, v reflect.Value) bool {
	switch to := v.Addr().Interface().(type) {
	case *sluice.Level:
		if l, ok := d.level(n, path); ok {
			*to = l
		}
	case *time.Duration:
		got, ok := duration(n)
		if !ok {
			d.want(n, path, "a number of seconds, or a duration such as 90s, 1h30m or 7d")
		}
		*to = got
	case *fs.FileMode:
		octal := n.text
		if n.kind == integer {
			// YAML reads 0640 as the number it is; a JSON number has no other way to say it.
			i, _ := strconv.ParseInt(n.text, 10, 64)
			octal = strconv.FormatInt(i, 8)
		}
		mode, err := strconv.ParseUint(octal, 8, 32)
		if err != nil || n.kind != text && n.kind != integer {
			d.want(n, path, `permissions such as "0640"`)
		}
		*to = fs.FileMode(mode)
	case **rotate.Compression:
		if n.kind == null {
			break
		}
		c, err := rotate.CompressionNamed(n.text)
		if err != nil || n.kind != text {
			d.want(n, path, "gzip, zstd or none")
		}
		*to = c
	case *rotate.TimeOfDay:
		t, ok := timeOfDay(n)
		if !ok {
			d.want(n, path, `a time of day such as "06:30"`)
		}
		*to = t
	case *names:
		if n.kind == text {
			*to = names{n.text}
			break
		}
		d.slice(n, path, v)
	case *HandlerRef:
		d.handlerRef(n, path, to)
	case *StreamRef:
		d.streamRef(n, path, to)
	case *specifier:
		*to = specifier{n, path}
	case *addressArg:
		d.address(n, path, to)
	case *namerRef:
		to.f = function(d, n, path, d.o.Namers, "Options.Namers")
	case *rotatorRef:
		to.f = function(d, n, path, d.o.Rotators, "Options.Rotators")
	default:
		return false
	}
	return true
}

// level gives the level that n, which is not nil, stands for.
func (l *loading) level(n *node, path string) (sluice.Level, bool) {
	one := 1
	got, err := l.levels.Check(n.value(&one))
	if err == nil {
		return got, true
	}
	near := ""
	if n.kind == text {
		var known []string
		for name := range l.levels.Mapping() {
			known = append(known, name)
		}
		near = l.near(n.text, known)
	}
	l.want(n, path, "a level: a number, or a name such as INFO"+near)
	return 0, false
}

func reflectOf(v any) reflect.Value { return reflect.ValueOf(v).Elem() }

func timeOfDay(n *node) (rotate.TimeOfDay, bool) {
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, n.text); err == nil && n.kind == text {
			return rotate.TimeOfDay{Hour: t.Hour(), Minute: t.Minute(), Second: t.Second()}, true
		}
	}
	return rotate.TimeOfDay{}, false
}

func (d decoder) handlerRef(n *node, path string, to *HandlerRef) {
	switch {
	case n.kind == null:
	case n.kind != text:
		d.want(n, path, "the name of a handler")
	default:
		to.Name = n.text
		if s := d.refs(n.text, n, path); s != nil {
			to.Handler = s.handler
		}
	}
}

func (d decoder) streamRef(n *node, path string, to *StreamRef) {
	switch w, ok := d.known.streams[n.text]; {
	case n.kind == null:
	case n.kind != text || !ok:
		d.want(n, path, "a stream such as ext://sys.stdout"+d.near(n.text, keysOf(d.known.streams)))
	default:
		to.Name, to.Writer = n.text, w
	}
}
