package config

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
)

// decoder fills structs from nodes: what a struct's JSON tags name is all that is
// allowed. A field's tag config:"required" says that there must be a value,
// config:"attr" that it comes under "." only, as attributes that Python's
// constructors do not take.
type decoder struct {
	*loading
	refs func(name string, n *node, path string) *slot // resolves HandlerRef; nil: there are none here
}

// field is a field that a configuration may set.
type field struct {
	index []int
	flag  string
}

// fieldsOf gives the fields of struct t by their keys.
func fieldsOf(t reflect.Type) map[string]field {
	all := map[string]field{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			for key, inner := range fieldsOf(f.Type) {
				if _, nearer := all[key]; !nearer {
					all[key] = field{append([]int{i}, inner.index...), inner.flag}
				}
			}
			continue
		}
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		all[name] = field{[]int{i}, f.Tag.Get("config")}
	}
	return all
}

// fieldsOf is fieldsOf, once for each type.
func (l *loading) fieldsOf(t reflect.Type) map[string]field {
	all, ok := l.fields[t]
	if !ok {
		if l.fields == nil {
			l.fields = map[reflect.Type]map[string]field{}
		}
		all = fieldsOf(t)
		l.fields[t] = all
	}
	return all
}

// object fills v with the entries of n that skip does not name. The places of errors
// are under path.
func (d decoder) object(n *node, path string, v reflect.Value, skip func(key string) bool) {
	fields := d.fieldsOf(v.Type())
	for key, f := range fields {
		if f.flag == "required" && (n.get(key) == nil || n.get(key).kind == null) {
			d.add(n, path, nil, "%s is missing", key)
		}
	}
	for _, e := range n.pairs {
		if skip(e.key) {
			continue
		}
		f, ok := fields[e.key]
		if !ok || f.flag == "attr" {
			d.unknownKey(e, path, fields)
			continue
		}
		d.value(e.value, join(path, e.key), v.FieldByIndex(f.index))
	}
}

func (d decoder) unknownKey(e pair, path string, fields map[string]field) {
	var known []string
	for key, f := range fields {
		if f.flag != "attr" {
			known = append(known, key)
		}
	}
	at := &node{place: e.at}
	if !identifier(e.key) {
		d.add(at, join(path, e.key), nil, "%q is no name of an argument", shorten(e.key))
		return
	}
	d.add(at, join(path, e.key), nil, "unknown key%s", d.near(e.key, known))
}

// identifier is Python's str.isidentifier for ASCII.
func identifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// dotted is the path of attributes.
func dotted(path string) string { return path + "[.]" }

// secretPath says whether the value at path must not be shown.
func secretPath(path string) bool {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if isSecret(part) {
			return true
		}
	}
	return false
}

// want adds the error that n is not what it has to be.
func (l *loading) want(n *node, path, what string) {
	value := n.show()
	if secretPath(path) {
		value = hidden
	}
	l.add(n, path, nil, "%s is not %s", value, what)
}

// value sets v to n, which stands at path.
func (d decoder) value(n *node, path string, v reflect.Value) {
	if n = d.at(n, path); n == nil {
		return
	}
	if d.special(n, path, v) {
		return
	}
	if v.Kind() == reflect.Pointer {
		if n.kind == null {
			return
		}
		fresh := reflect.New(v.Type().Elem())
		d.value(n, path, fresh.Elem())
		v.Set(fresh)
		return
	}
	if d.unmarshals(n, path, v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		switch n.kind {
		case text:
			v.SetString(n.text)
		case null: // Python's None: the default
		default:
			d.want(n, path, "a text")
		}
	case reflect.Bool:
		switch {
		case n.kind == boolean || n.kind == null || n.kind == integer && (n.text == "0" || n.text == "1"):
			v.SetBool(n.truthy())
		default:
			d.want(n, path, "true or false")
		}
	case reflect.Int, reflect.Int64:
		if i, err := strconv.ParseInt(n.integer(), 10, 64); err == nil && !v.OverflowInt(i) {
			v.SetInt(i)
		} else {
			d.want(n, path, "an integer")
		}
	case reflect.Float64:
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && (n.kind == integer || n.kind == float) {
			v.SetFloat(f)
		} else {
			d.want(n, path, "a number")
		}
	case reflect.Struct:
		if n.kind != dict {
			d.want(n, path, "a mapping")
			return
		}
		d.object(n, path, v, func(string) bool { return false })
	case reflect.Slice:
		d.slice(n, path, v)
	case reflect.Map:
		d.mapping(n, path, v)
	case reflect.Interface:
		if x := d.plain(n, path); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	default:
		panic(fmt.Sprintf("config: option of type %s", v.Type())) // a mistake in a Class, not in a file
	}
}

// integer gives the digits of n; of a bool, Python's 0 or 1; empty: it is no integer.
func (n *node) integer() string {
	switch n.kind {
	case integer:
		return n.text
	case float:
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && f == float64(int64(f)) {
			return strconv.FormatInt(int64(f), 10)
		}
	}
	return ""
}

func (d decoder) slice(n *node, path string, v reflect.Value) {
	if n.kind == null {
		return
	}
	if n.kind != list {
		d.want(n, path, "a list")
		return
	}
	all := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		d.value(item, fmt.Sprintf("%s[%d]", path, i), all.Index(i))
	}
	v.Set(all)
}

func (d decoder) mapping(n *node, path string, v reflect.Value) {
	if n.kind == null {
		return
	}
	if n.kind != dict {
		d.want(n, path, "a mapping")
		return
	}
	all := reflect.MakeMap(v.Type())
	for _, e := range n.pairs {
		value := reflect.New(v.Type().Elem()).Elem()
		d.value(e.value, join(path, e.key), value)
		all.SetMapIndex(reflect.ValueOf(e.key), value)
	}
	v.Set(all)
}

// plain gives n with all that it refers to, as Go values.
func (l *loading) plain(n *node, path string) any {
	if l.budget--; l.budget < 0 {
		if l.budget == -1 {
			l.add(n, path, nil, "more than %d values: anchors or cfg:// make too many of few", maxNodes)
		}
		return nil
	}
	if n = l.at(n, path); n == nil {
		return nil
	}
	switch n.kind {
	case list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = l.plain(item, fmt.Sprintf("%s[%d]", path, i))
		}
		return items
	case dict:
		m := make(map[string]any, len(n.pairs))
		for _, e := range n.pairs {
			m[e.key] = l.plain(e.value, join(path, e.key))
		}
		return m
	}
	one := 1
	return n.value(&one)
}

// unmarshals lets a type that reads itself do so.
func (d decoder) unmarshals(n *node, path string, v reflect.Value) bool {
	if !v.CanAddr() {
		return false
	}
	var err error
	switch u := v.Addr().Interface().(type) {
	case json.Unmarshaler:
		data, _ := json.Marshal(d.plain(n, path))
		err = u.UnmarshalJSON(data)
	case encoding.TextUnmarshaler:
		if n.kind != text {
			d.want(n, path, "a text")
			return true
		}
		err = u.UnmarshalText([]byte(n.text))
	default:
		return false
	}
	if err != nil {
		d.add(n, path, err, "%v", err)
	}
	return true
}

// builtinLevels are Python's levels by name.
func builtinLevels() map[string]sluice.Level { return new(sluice.LevelNames).Mapping() }

// duration takes seconds, and texts such as 1m30s or 7d.
func duration(n *node) (time.Duration, bool) {
	switch n.kind {
	case integer, float:
		f, err := strconv.ParseFloat(n.text, 64)
		return time.Duration(f * float64(time.Second)), err == nil && f >= -1e9 && f <= 9e9
	case text:
		for unit, hours := range map[string]int{"d": 24, "w": 7 * 24} {
			if days, ok := strings.CutSuffix(n.text, unit); ok {
				i, err := strconv.Atoi(days)
				return time.Duration(i*hours) * time.Hour, err == nil && i >= 0 && i < 10_000
			}
		}
		d, err := time.ParseDuration(n.text)
		return d, err == nil
	}
	return 0, false
}
