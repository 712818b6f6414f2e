package config

import (
	"cmp"
	"slices"
	"strings"
)

// readHandlers reads the handlers, which may refer to each other in any order.
func (l *loading) readHandlers(slots map[string]*slot) {
	section := l.section("handlers")
	for _, e := range section {
		s, ok := slots[e.key]
		if !ok {
			s = newSlot(e.key, l.o.OnError)
		}
		l.slots[e.key] = s
	}
	l.each("handlers", section, l.handler)
	l.cycles()
}

func (l *loading) handler(name string, n *node, path string) {
	if n == nil {
		return
	}
	b := &Builder{loading: l, name: name, node: n, path: path, slot: l.slots[name], dot: true}
	b.info = &HandlerInfo{Name: name, Line: n.line, Column: n.column}
	h := &handlerPlan{Builder: b}
	class, under, ok := l.factory(n, path, "class")
	if ok && class == nil {
		l.add(n, path, nil, "class is missing")
	}
	b.skip = func(key string) bool {
		switch key {
		case under, "level", "formatter", "filters", ".":
			return true
		}
		return false
	}
	if v := l.at(n.get("level"), join(path, "level")); v != nil && v.kind != null {
		if level, ok := l.level(v, join(path, "level")); ok {
			h.level = &level
			b.info.Level = level
		}
	}
	l.handlerFormatter(h, n, path)
	h.filters = l.filtersOf(n, path)
	for _, f := range h.filters {
		b.info.Filters = append(b.info.Filters, f.info)
	}
	if class == nil {
		return
	}
	b.class, b.info.Class = class.text, class.text
	make, ok := l.known.classes[class.text]
	if !ok {
		hint := cmp.Or(l.near(class.text, keysOf(l.known.classes)), "; nothing is imported: a program gives classes of its own in config.Options")
		l.add(class, join(path, under), nil, "no handler is known as %s%s", class.show(), hint)
		return
	}
	open, err := make(b)
	b.tell(err)
	for _, e := range b.inert {
		l.warn(e.at, join(dotted(path), e.key), "an attribute that means nothing to %s", b.class)
	}
	if b.info.Attrs = b.attrs; b.attrs == nil {
		b.info.Attrs = map[string]any{}
	}
	h.open = open
	h.fallback = b.fallback
	h.print = printOf(b.class, b.args(), b.dotValue())
	l.plan.handlers = append(l.plan.handlers, h)
}

func (b *Builder) dotValue() any {
	if n := b.node.get("."); n != nil {
		return b.loading.plain(n, dotted(b.path))
	}
	return nil
}

func (l *loading) handlerFormatter(h *handlerPlan, n *node, path string) {
	path = join(path, "formatter")
	v := l.at(n.get("formatter"), path)
	if !v.truthy() {
		return
	}
	if v.kind != text {
		l.want(v, path, "the name of a formatter")
		return
	}
	p, ok := l.formatters[v.text]
	if !ok {
		l.add(v, path, nil, "there is no formatter %s%s", v.show(), l.near(v.text, keysOf(l.formatters)))
		return
	}
	p.used = true
	h.format = p
	h.info.Formatter = &p.info
}

// cycles tells handlers that hand records on to themselves, or to such, and brings all
// into an order in which each stands behind those it hands records on to.
func (l *loading) cycles() {
	byName := map[string]*handlerPlan{}
	for _, h := range l.plan.handlers {
		byName[h.name] = h
	}
	const (
		white = iota
		grey
		black
		round // black, and what it is given comes round
	)
	color := map[string]int{}
	told := map[string]bool{}
	var order []*handlerPlan
	var trail []string
	var visit func(h *handlerPlan)
	visit = func(h *handlerPlan) {
		color[h.name] = grey
		trail = append(trail, h.name)
		end, to := black, ""
		for _, ref := range h.refs {
			next, ok := byName[ref]
			if ok && color[ref] == white {
				visit(next)
			}
			switch {
			case !ok || color[ref] == black:
				continue
			case color[ref] == grey:
				names := slices.Clone(trail[slices.Index(trail, ref):])
				for _, name := range names {
					told[name] = true
					byName[name].handsOn("to itself: %s", strings.Join(append(names, ref), " to "))
				}
			}
			end, to = round, ref
		}
		if end == round && !told[h.name] {
			h.handsOn("to %s, from where they come round", to)
		}
		trail = trail[:len(trail)-1]
		color[h.name] = end
		order = append(order, h)
	}
	for _, h := range l.plan.handlers {
		if color[h.name] == white {
			visit(h)
		}
	}
	l.plan.handlers = order
}

// handsOn tells where the handler hands its records on to, and should not.
func (h *handlerPlan) handsOn(format string, args ...any) {
	key := "target"
	if h.node.get(key) == nil {
		key = "handlers"
	}
	h.add(h.argument(key), join(h.path, key), nil, "hands its records on "+format, args...)
}

// argument gives the node of the argument key, or of them all.
func (b *Builder) argument(key string) *node {
	if n := b.node.get(key); n != nil {
		return n
	}
	return b.node
}
