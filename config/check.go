package config

import (
	"maps"
	"os"
	"slices"

	"github.com/sluicelog/sluice"
)

// Report is what Check finds.
type Report struct {
	Tree     *Tree     `json:"tree"`
	Warnings []Warning `json:"warnings"`
}

// Check reads a configuration as Load would, and leaves the world as it is: it opens
// no file for writing and makes no connection. The Report says what it comes to, and
// what in it will surprise. o may be nil.
func Check(name string, data []byte, o *Options) (*Report, error) {
	l := newLoading(name, o)
	if err := l.read(data, nil); err != nil {
		return nil, err
	}
	if !l.plan.incremental {
		l.surprises()
	}
	slices.SortStableFunc(l.warnings, func(a, b Warning) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Report{l.tree(), l.warnings}, nil
}

// tree describes the plan, as if there had been no loggers before.
func (l *loading) tree() *Tree {
	t := &Tree{}
	for _, h := range l.plan.handlers {
		if h.info != nil {
			t.Handlers = append(t.Handlers, *h.info)
		}
	}
	slices.SortFunc(t.Handlers, func(a, b HandlerInfo) int { return a.Line - b.Line })
	names := slices.Sorted(maps.Keys(l.plan.loggers))
	names = slices.DeleteFunc(names, func(name string) bool { return name == rootName })
	for _, name := range append([]string{rootName}, names...) {
		p, named := l.plan.loggers[name]
		if !named {
			p = &loggerPlan{}
		}
		i := LoggerInfo{
			Name: name, Level: valueOr(p.level, sluice.NotSet), Propagate: valueOr(p.propagate, true), Handlers: p.handlers,
			Line: p.at.line, Column: p.at.column,
		}
		if name == rootName && p.level == nil {
			i.Level = sluice.Warning
		}
		for _, f := range p.filters {
			i.Filters = append(i.Filters, f.info)
		}
		t.Loggers = append(t.Loggers, i)
	}
	return t
}

// surprises warns of what is no mistake by itself and yet rarely meant.
func (l *loading) surprises() {
	l.unused()
	l.sharedFiles()
	for _, name := range l.plan.order {
		l.levelsOfLogger(name, l.plan.loggers[name])
	}
	l.levelsOfHandlers()
	l.clearText()
	for _, h := range l.plan.handlers {
		h.constantNamer()
	}
}

func (l *loading) unused() {
	used := map[string]bool{}
	for _, p := range l.plan.loggers {
		for _, h := range p.handlers {
			used[h] = true
		}
	}
	for _, h := range l.plan.handlers {
		for _, ref := range h.refs {
			used[ref] = true
		}
	}
	for _, h := range l.plan.handlers {
		if !used[h.name] {
			l.warn(l.placeOf("handlers", h.name).place, h.path, "no logger and no other handler uses it")
		}
	}
	for name, p := range l.formatters {
		if !p.used {
			l.warn(p.at, join("formatters", name), "no handler uses it")
		}
	}
	for name, p := range l.filters {
		if !p.used {
			l.warn(p.at, join("filters", name), "no handler and no logger uses it")
		}
	}
	if len(l.plan.handlers) == 0 {
		l.warn(l.root.place, "", "there are no handlers: from WARNING up messages go to standard error, all else nowhere")
	}
}

// sharedFiles warns of files that two handlers write: each rolls over under the
// other's feet.
func (l *loading) sharedFiles() {
	first := map[string]string{}
	for _, h := range l.plan.handlers {
		for _, path := range h.files {
			if other, ok := first[path]; ok {
				l.warn(h.argument("filename").place, join(h.path, "filename"), "handler %s writes the same file", other)
				continue
			}
			first[path] = h.name
		}
	}
}

// levelsOfLogger warns of a level that lets nothing through, and of a logger whose
// records go nowhere.
func (l *loading) levelsOfLogger(name string, p *loggerPlan) {
	path := join("loggers", name)
	if name == rootName {
		path = rootName
	}
	if p.level != nil && *p.level > sluice.Critical {
		l.warn(p.at, join(path, "level"), "%s is above CRITICAL: it hides everything", *p.level)
	}
	if len(p.handlers) == 0 && p.propagate != nil && !*p.propagate && name != rootName {
		l.warn(p.at, path, "no handlers and propagate false: below WARNING its records go nowhere, from there to standard error")
	}
}

// levelsOfHandlers warns of levels above CRITICAL, and of those that are lower than
// what any logger lets come.
func (l *loading) levelsOfHandlers() {
	lowest := l.lowest()
	for _, h := range l.plan.handlers {
		if h.level == nil || *h.level == sluice.NotSet {
			continue
		}
		if *h.level > sluice.Critical {
			l.warn(h.argument("level").place, join(h.path, "level"), "%s is above CRITICAL: it hides everything", *h.level)
			continue
		}
		if least, used := lowest[h.name]; used && *h.level < least {
			l.warn(h.argument("level").place, join(h.path, "level"), "%s, but its loggers let nothing below %s come here", *h.level, least)
		}
	}
}

// lowest gives the least level that comes to each handler that loggers have: from
// these, and from those below them.
func (l *loading) lowest() map[string]sluice.Level {
	ofLogger := map[string]sluice.Level{}
	for name := range l.plan.loggers {
		level := l.effective(name)
		for at := name; ; at = above(at) {
			if least, ok := ofLogger[at]; !ok || level < least {
				ofLogger[at] = level
			}
			if at == rootName {
				break
			}
		}
	}
	ofHandler := map[string]sluice.Level{}
	for name, p := range l.plan.loggers {
		for _, h := range p.handlers {
			if least, ok := ofHandler[h]; !ok || ofLogger[name] < least {
				ofHandler[h] = ofLogger[name]
			}
		}
	}
	return ofHandler
}

// effective is the level that a logger goes by.
func (l *loading) effective(name string) sluice.Level {
	for name != rootName {
		if p, ok := l.plan.loggers[name]; ok && p.level != nil && *p.level != sluice.NotSet {
			return *p.level
		}
		name = above(name)
	}
	if p, ok := l.plan.loggers[rootName]; ok && p.level != nil {
		return *p.level
	}
	return sluice.Warning
}

func above(name string) string {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] == '.' {
			return name[:i]
		}
	}
	return rootName
}

// clearText warns of credentials in a file that others may read.
func (l *loading) clearText() {
	st, err := os.Stat(l.file)
	if err != nil || st.Mode().Perm()&0o077 == 0 {
		return
	}
	for _, h := range l.plan.handlers {
		for _, e := range h.node.pairs {
			if isSecret(e.key) && l.at(e.value, "").truthy() {
				l.warn(e.at, join(h.path, e.key), "in clear text, and others than the file's owner may read it (%v): chmod 600", st.Mode().Perm())
			}
		}
	}
}

// constantNamer warns of a namer that gives all backups one name.
func (h *handlerPlan) constantNamer() {
	if h.namer == nil || len(h.files) == 0 {
		return
	}
	if one := h.namer(h.files[0] + ".1"); one == h.namer(h.files[0]+".2") {
		h.warn(h.argument(".").place, join(dotted(h.path), "namer"), "it calls all backups %s: only one is kept", one)
	}
}
