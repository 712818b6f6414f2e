package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
)

// drawing draws a configuration's tree for a terminal.
type drawing struct {
	w     io.Writer
	color bool
	width int // columns; 0: as many as it takes
}

// branch is a line of the tree and what hangs below it.
type branch struct {
	name, detail string
	handler      bool
	below        []*branch
}

// tree draws the loggers, each with its handlers, and below these what they hand
// records on to.
func (d *drawing) tree(t *config.Tree) {
	loggers := map[string]*branch{}
	root := &branch{}
	for i := range t.Loggers {
		l := &t.Loggers[i]
		b := &branch{name: l.Name, detail: aboutLogger(l)}
		for _, name := range l.Handlers {
			b.below = append(b.below, handlerBranch(t, name))
		}
		if l.Name == "root" {
			root = b
		}
		loggers[l.Name] = b
	}
	for i := range t.Loggers { // by name: those above come first
		name := t.Loggers[i].Name
		if name == "root" {
			continue
		}
		above := root
		for at := strings.LastIndexByte(name, '.'); at > 0; at = strings.LastIndexByte(name[:at], '.') {
			if b, ok := loggers[name[:at]]; ok {
				above = b
				break
			}
		}
		above.below = append(above.below, loggers[name])
	}
	d.line("", root)
	d.below("", root)
	for i := range t.Handlers {
		if h := &t.Handlers[i]; !used(t, h.Name) {
			d.line("", &branch{name: h.Name, detail: aboutHandler(h) + ", unused", handler: true})
		}
	}
}

func handlerBranch(t *config.Tree, name string) *branch {
	h := t.Handler(name)
	if h == nil {
		return &branch{name: name, handler: true}
	}
	b := &branch{name: name, detail: aboutHandler(h), handler: true}
	for _, target := range h.Targets {
		b.below = append(b.below, handlerBranch(t, target)) // there are no rounds: that would be an error
	}
	return b
}

func used(t *config.Tree, name string) bool {
	in := func(l config.LoggerInfo) bool { return slices.Contains(l.Handlers, name) }
	of := func(h config.HandlerInfo) bool { return slices.Contains(h.Targets, name) }
	return slices.ContainsFunc(t.Loggers, in) || slices.ContainsFunc(t.Handlers, of)
}

func aboutLogger(l *config.LoggerInfo) string {
	var all []string
	if l.Level != sluice.NotSet || l.Name == "root" {
		all = append(all, l.Level.String())
	}
	if !l.Propagate && l.Name != "root" {
		all = append(all, "does not propagate")
	}
	return strings.Join(append(all, aboutFilters(l.Filters)...), ", ")
}

func aboutHandler(h *config.HandlerInfo) string {
	all := []string{strings.TrimPrefix(strings.TrimPrefix(h.Class, "logging.handlers."), "logging.")}
	if h.Level != sluice.NotSet {
		all = append(all, "from "+h.Level.String())
	}
	where := func(format string, attrs ...string) {
		var values []any
		for _, a := range attrs {
			v, ok := h.Attrs[a]
			if !ok || v == nil {
				return
			}
			values = append(values, v)
		}
		all = append(all, fmt.Sprintf(format, values...))
	}
	if path, ok := h.Attrs["baseFilename"].(string); ok {
		all = append(all, shortPath(path))
	}
	where("at %v bytes, keeps %v", "maxBytes", "backupCount")
	where("every %[2]v s (%[1]v), keeps %[3]v", "when", "interval", "backupCount")
	where("%v", "address")
	where("%v%v", "host", "url")
	where("%v to %v", "mailhost", "toaddrs")
	if h.Stream != "" {
		all = append(all, strings.TrimPrefix(h.Stream, "sys."))
	}
	if h.Queue != nil {
		all = append(all, h.Queue.Class)
	}
	if h.Formatter != nil {
		all = append(all, "as "+h.Formatter.Name)
	}
	return strings.Join(append(all, aboutFilters(h.Filters)...), ", ")
}

func aboutFilters(fs []config.FilterInfo) []string {
	var all []string
	for _, f := range fs {
		all = append(all, "filter "+f.Name)
	}
	return all
}

// shortPath is path from the working directory, if it is below that.
func shortPath(path string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

func (d *drawing) below(indent string, b *branch) {
	for i, child := range b.below {
		if i == len(b.below)-1 {
			d.line(indent+"└─ ", child)
			d.below(indent+"   ", child)
			continue
		}
		d.line(indent+"├─ ", child)
		d.below(indent+"│  ", child)
	}
}

// The colours: names of loggers bold, of handlers cyan, what is about them dim.
const (
	bold   = "\x1b[1m"
	cyan   = "\x1b[36m"
	dim    = "\x1b[2m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

func (d *drawing) line(indent string, b *branch) {
	name, detail := printable(b.name), printable(b.detail)
	if b.handler {
		name = "» " + name
	}
	if d.width > 0 {
		left := d.width - utf8.RuneCountInString(indent)
		name = cut(name, left)
		detail = cut(detail, left-utf8.RuneCountInString(name)-2)
	}
	color := bold
	if b.handler {
		color = cyan
	}
	text := indent + d.in(color, name)
	if detail != "" {
		text += "  " + d.in(dim, detail)
	}
	fmt.Fprintln(d.w, text)
}

func (d *drawing) in(color, text string) string {
	if !d.color || text == "" {
		return text
	}
	return color + text + plain
}

// cut shortens text to n columns.
func cut(text string, n int) string {
	runes := []rune(text)
	switch {
	case len(runes) <= n:
		return text
	case n < 2:
		return ""
	}
	return string(runes[:n-1]) + "…"
}

// printable keeps a configuration from driving the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return utf8.RuneError
		}
		return r
	}, s)
}

// warnings prints what will surprise.
func (d *drawing) warnings(file string, all []config.Warning) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(d.w)
	for _, w := range all {
		at := file
		if w.Line > 0 {
			at = fmt.Sprintf("%s:%d:%d", file, w.Line, w.Column)
		}
		if w.Path != "" {
			at += ": " + w.Path
		}
		fmt.Fprintf(d.w, "%s %s: %s\n", d.in(yellow, "warning:"), printable(at), printable(w.Message))
	}
}
