package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluicelog/sluice"
)

// tell tells an error of a class that is not told yet.
func (b *Builder) tell(err error) {
	if err != nil && !errors.Is(err, errDecoded) {
		b.add(b.node, b.path, err, "%v", err)
	}
}

// factory gives the class that n names under "()", or under key, which is nil where
// there is none; ok is false if that was told to be wrong.
func (l *loading) factory(n *node, path, key string) (class *node, under string, ok bool) {
	for _, under := range []string{"()", key} {
		if c := n.get(under); c != nil {
			path := join(path, under)
			if c = l.at(c, path); c == nil {
				return nil, under, false
			}
			if c.kind != text {
				l.want(c, path, "the name of a class")
				return nil, under, false
			}
			return c, under, true
		}
	}
	return nil, "", true
}

func (l *loading) formatter(name string, n *node, path string) {
	p := &formatterPlan{info: FormatterInfo{Name: name, Class: "logging.Formatter"}, at: l.placeOf("formatters", name).place}
	l.formatters[name] = p
	if n == nil {
		return
	}
	var class *node
	under := "class"
	// config.py: a class that is null or "" is none, but for "()".
	if n.get("()") != nil || n.get(under).truthy() {
		var ok bool
		if class, under, ok = l.factory(n, path, under); !ok {
			return
		}
		p.info.Class = class.text
	}
	make, ok := l.known.formatters[p.info.Class]
	if !ok {
		l.add(class, join(path, under), nil, "no formatter is known as %s%s", class.show(), l.near(class.text, keysOf(l.known.formatters)))
		return
	}
	b := &Builder{loading: l, name: name, class: p.info.Class, node: n, path: path}
	b.skip = func(key string) bool { return key == under || key == "." }
	if under != "()" && p.info.Class == "logging.Formatter" {
		// config.py looks for what it knows, and at nothing else.
		b.skip = func(key string) bool {
			return !slices.Contains([]string{"format", "datefmt", "style", "validate", "defaults", "escape", "multi_line"}, key)
		}
		for _, e := range n.pairs {
			if e.key != "class" && b.skip(e.key) {
				l.warn(e.at, join(path, e.key), `means nothing here; with "()": logging.Formatter it might`)
			}
		}
	}
	b.dot = under == "()"
	f, err := make(b)
	b.tell(err)
	p.f = f
	if b.format != nil {
		p.info = *b.format
	}
	p.info.Attrs = b.attrs
}

func (l *loading) filter(name string, n *node, path string) {
	p := &filterPlan{info: FilterInfo{Name: name, Class: "logging.Filter"}, at: l.placeOf("filters", name).place}
	l.filters[name] = p
	if n == nil {
		return
	}
	class, under, ok := l.factory(n, path, "()")
	if !ok {
		return
	}
	b := &Builder{loading: l, name: name, class: p.info.Class, node: n, path: path}
	if class == nil {
		b.skip = func(key string) bool { return key != "name" }
		for _, e := range n.pairs {
			if b.skip(e.key) {
				l.warn(e.at, join(path, e.key), `means nothing without "()"`)
			}
		}
	} else {
		p.info.Class, b.class = class.text, class.text
		b.skip = func(key string) bool { return key == under || key == "." }
		b.dot = true
	}
	make, ok := l.known.filters[p.info.Class]
	if !ok {
		l.add(class, join(path, under), nil, "no filter is known as %s%s", class.show(), l.near(class.text, keysOf(l.known.filters)))
		return
	}
	f, err := make(b)
	b.tell(err)
	p.f, p.info.Under = f, b.under
}

// namesIn gives the texts of a list, or nothing where Python sees nothing.
func (l *loading) namesIn(n *node, path string) (all []*node) {
	if n = l.at(n, path); !n.truthy() {
		return nil
	}
	if n.kind != list {
		l.want(n, path, "a list of names")
		return nil
	}
	for i, item := range n.items {
		path := fmt.Sprintf("%s[%d]", path, i)
		if item = l.at(item, path); item == nil {
			continue
		}
		if item.kind != text {
			l.want(item, path, "a name")
			continue
		}
		all = append(all, item)
	}
	return all
}

func (l *loading) filtersOf(n *node, path string) (all []*filterPlan) {
	path = join(path, "filters")
	for _, name := range l.namesIn(n.get("filters"), path) {
		p, ok := l.filters[name.text]
		if !ok {
			l.add(name, path, nil, "there is no filter %s%s", name.show(), l.near(name.text, keysOf(l.filters)))
			continue
		}
		p.used = true
		all = append(all, p)
	}
	return all
}

func (l *loading) loggerPlan(name string, at place) *loggerPlan {
	if name == "" {
		name = rootName
	}
	p, ok := l.plan.loggers[name]
	if !ok {
		p = &loggerPlan{}
		l.plan.loggers[name] = p
		l.plan.order = append(l.plan.order, name)
	}
	p.at = at
	return p
}

// logger reads a logger. The root may be named twice: what is said later counts, and
// filters add up, as in Python.
func (l *loading) logger(name string, n *node, path string) {
	if n == nil || !l.isDict(n, path) {
		return
	}
	p := l.loggerPlan(name, l.placeOf("loggers", name).place)
	if name == rootName && path == rootName {
		p.at = n.place
	}
	l.loggerLevel(p, n, path)
	if name != rootName && name != "" {
		l.propagate(p, n, path)
	}
	p.handlers = nil
	under := join(path, "handlers")
	for _, h := range l.namesIn(n.get("handlers"), under) {
		if _, ok := l.slots[h.text]; !ok {
			l.add(h, under, nil, "there is no handler %s%s", h.show(), l.near(h.text, keysOf(l.slots)))
			continue
		}
		if !slices.Contains(p.handlers, h.text) { // addHandler adds none twice
			p.handlers = append(p.handlers, h.text)
		}
	}
	p.filters = append(p.filters, l.filtersOf(n, path)...)
	for _, e := range n.pairs {
		switch e.key {
		case "level", "handlers", "filters", "propagate":
		default:
			l.warn(e.at, join(path, e.key), "means nothing here%s", l.near(e.key, []string{"level", "handlers", "filters", "propagate"}))
		}
	}
}

func (l *loading) loggerLevel(p *loggerPlan, n *node, path string) {
	path = join(path, "level")
	if v := l.at(n.get("level"), path); v != nil && v.kind != null {
		if level, ok := l.level(v, path); ok {
			p.level = &level
		}
	}
}

func (l *loading) propagate(p *loggerPlan, n *node, path string) {
	if v := l.at(n.get("propagate"), join(path, "propagate")); v != nil && v.kind != null {
		p.propagate = new(v.truthy())
	}
}

// isChild says whether the logger called name is below one that is named.
func (p *plan) isChild(name string) bool {
	for at := strings.LastIndexByte(name, '.'); at > 0; at = strings.LastIndexByte(name[:at], '.') {
		if _, named := p.loggers[name[:at]]; named {
			return true
		}
	}
	return false
}

func filtersIn(all []*filterPlan) []sluice.Filter {
	var fs []sluice.Filter
	for _, p := range all {
		fs = append(fs, p.f)
	}
	return fs
}
