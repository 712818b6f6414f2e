package config

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/rotate"
)

// Builder is what a Class works with.
type Builder struct {
	*loading
	name  string
	class string
	node  *node
	path  string
	skip  func(key string) bool
	slot  *slot // nil: it is no handler
	info  *HandlerInfo

	handler *Builder // whose queue is being made
	refs    []string // handlers that it named
	files   []string // that it will open
	plain   map[string]any
	inert   []pair         // attributes that mean nothing here
	attrs   map[string]any // what attributes come to
	dot     bool           // attributes under "." are set

	format   *FormatterInfo // what a formatter comes to; nil: its class says it all
	under    string         // of a logging.Filter
	rotating *rotate.File   // that a handler has opened; nil: none
	namer    func(path string) string
	fallback sluice.Formatter // of a handler for which no formatter is named; nil: Python's
}

// errDecoded is what Decode gives: its errors are told.
var errDecoded = errors.New("arguments told wrong")

// Name is what the configuration calls the handler, formatter, filter or queue.
func (b *Builder) Name() string { return b.name }

// Args gives the arguments as JSON, with what they refer to by cfg:// and ext://.
func (b *Builder) Args() json.RawMessage {
	data, err := json.Marshal(b.args())
	if err != nil {
		return json.RawMessage("{}")
	}
	return data
}

func (b *Builder) args() map[string]any {
	if b.plain == nil {
		b.plain = map[string]any{}
		for _, e := range b.node.pairs {
			if !b.skip(e.key) {
				b.plain[e.key] = b.loading.plain(e.value, join(b.path, e.key))
			}
		}
	}
	return b.plain
}

// Decode sets the fields of the struct that v points to, by their JSON tags, to the
// arguments, and for handlers to the attributes under "."; fields with the tag
// config:"attr" only to these, and with config:"required" there must be one. An
// argument that no field is for is an error; so is a value of the wrong type. All are
// told, each with its place, and then Decode gives an error.
//
// Beside Go's own types, and those that unmarshal JSON or text, fields may be
// sluice.Level, time.Duration (seconds, or a text), fs.FileMode, HandlerRef and
// StreamRef.
func (b *Builder) Decode(v any) error {
	before := len(b.errs) + b.more
	d := decoder{b.loading, nil}
	if b.slot != nil {
		d.refs = b.ref
	}
	to := reflect.ValueOf(v).Elem()
	d.object(b.node, b.path, to, b.skip)
	b.decodeAttrs(d, to)
	if len(b.errs)+b.more > before {
		return errDecoded
	}
	return nil
}

// decodeAttrs sets fields to what stands under ".". Python sets any attribute; one
// that has no meaning is kept, and nothing more.
func (b *Builder) decodeAttrs(d decoder, to reflect.Value) {
	dot := b.node.get(".")
	if !b.dot || dot == nil {
		return
	}
	path := dotted(b.path)
	if dot = b.at(dot, path); dot == nil || dot.kind == null {
		return
	}
	if dot.kind != dict {
		b.want(dot, path, "a mapping")
		return
	}
	fields := d.fieldsOf(to.Type())
	for _, e := range dot.pairs {
		b.setAttr(e.key, b.loading.plain(e.value, join(path, e.key)))
		if f, ok := fields[e.key]; ok {
			d.value(e.value, join(path, e.key), to.FieldByIndex(f.index))
		} else {
			b.inert = append(b.inert, e)
		}
	}
}

// ref gives the slot of another handler, and remembers that this one needs it.
func (b *Builder) ref(name string, n *node, path string) *slot {
	s, ok := b.slots[name]
	if !ok {
		b.add(n, path, nil, "there is no handler %s%s", n.show(), b.near(name, keysOf(b.slots)))
		return nil
	}
	b.refs = append(b.refs, name)
	b.info.Targets = append(b.info.Targets, name)
	return s
}

// Formatter gives the formatter that the configuration names for the handler, by
// default Python's: the message alone. It changes when another configuration is
// loaded that names another one.
func (b *Builder) Formatter() sluice.Formatter { return &b.slot.format }

// OnError is for what goes wrong beside the records, and for records that are lost
// after Emit: it tells the handler's OnError; for a queue, that of its handler.
func (b *Builder) OnError(ctx context.Context, r *sluice.Record, err error) {
	if b.handler != nil {
		b = b.handler
	}
	b.slot.handler.HandleError(ctx, r, err)
}

// Attr says what an attribute of the handler comes to, for Tree. Python's name is the
// one to take.
func (b *Builder) Attr(name string, value any) {
	if _, given := b.attrs[name]; !given {
		b.setAttr(name, value)
	}
}

func (b *Builder) setAttr(name string, value any) {
	if b.attrs == nil {
		b.attrs = map[string]any{}
	}
	b.attrs[name] = shield(name, value)
}

// shield hides the value of an attribute that must not be shown.
func shield(name string, value any) any {
	if isSecret(name) && value != nil {
		return hidden
	}
	return value
}

// Fail tells an error with the place of the argument key.
func (b *Builder) Fail(key string, err error) {
	path := b.path
	if key != "" {
		path = join(path, key)
	}
	b.add(b.argument(key), path, err, "%v", err)
}

// File says that the handler will open the file at path, which is the argument key,
// in Python's mode, and checks whether that can be done. makesDir: directories that
// are missing are no error.
func (b *Builder) File(key, path, mode string, makesDir bool) {
	if err := b.opens(path, mode, makesDir); err != nil {
		b.Fail(key, err)
	}
}

// opens is File without the error: what it returns can still be put right if the file
// is opened later.
func (b *Builder) opens(path, mode string, makesDir bool) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	b.files = append(b.files, abs)
	st, err := os.Stat(abs)
	switch {
	case err == nil && st.IsDir():
		err = &os.PathError{Op: "open", Path: path, Err: errors.New("is a directory")}
	case err == nil && mode == "x" && !b.isOpen(abs):
		err = &os.PathError{Op: "open", Path: path, Err: os.ErrExist}
	case err != nil && errors.Is(err, os.ErrNotExist):
		dir, dirErr := os.Stat(filepath.Dir(abs))
		switch {
		case dirErr == nil && !dir.IsDir():
			err = &os.PathError{Op: "open", Path: path, Err: errors.New("its directory is a file")}
		case dirErr == nil, makesDir:
			err = nil
		}
	}
	return err
}
