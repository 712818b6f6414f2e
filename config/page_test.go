package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPage: docs/config.md names every class, and every argument that one of them
// takes.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(string(page), -1) {
		for _, word := range strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune(" ():,\"", r) }) {
			named[word] = true
		}
	}
	l := newLoading("", nil)
	empty := &node{kind: dict}
	builder := func() *Builder {
		return &Builder{loading: l, node: empty, slot: newSlot("", nil), info: &HandlerInfo{Queue: &QueueInfo{}}, skip: func(string) bool { return false }}
	}
	var classes []string
	for name, make := range l.known.classes {
		_, _ = make(builder())
		classes = append(classes, name)
	}
	for name, make := range l.known.formatters {
		_, _ = make(builder())
		classes = append(classes, name)
	}
	for name, make := range l.known.filters {
		_, _ = make(builder())
		classes = append(classes, name)
	}
	for name, make := range l.known.queues {
		_, _ = make(builder())
		classes = append(classes, name)
	}
	for _, nested := range []any{holdArgs{}, TLS{}, batchArgs{}, digestArgs{}} {
		l.fieldsOf(reflect.TypeOf(nested))
	}
	for t := range l.fields {
		for key := range l.fields[t] {
			classes = append(classes, key)
		}
	}
	slices.Sort(classes)
	for _, name := range slices.Compact(classes) {
		if !named[name] {
			t.Errorf("docs/config.md does not name %s", name)
		}
	}
}
