package config

import (
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong with a configuration.
type Error struct {
	File         string // as it was given
	Line, Column int    // from 1; 0: it has no place in the file
	Path         string // such as "handlers.file.maxBytes"; empty: the whole
	Message      string // the value and what would be allowed
	Err          error  // what a constructor or the system said; nil: nothing
}

// Error gives file, line, column, path and message.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	b.WriteString(": " + e.Message)
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Errors is all that is wrong with a configuration, in the order of the file.
type Errors []*Error

// Error gives a line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns them all.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, one := range e {
		errs[i] = one
	}
	return errs
}

// Warning is what a configuration says that will surprise somebody.
type Warning struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path"`
	Message string `json:"message"`
}

const (
	maxErrors   = 100 // that are told; a file may be all wrong
	hidden      = "[hidden]"
	shortSecret = 4 // bytes: anything shorter is no secret, and part of other words
)

// problems gathers what is wrong.
type problems struct {
	file     string
	errs     Errors
	more     int
	warnings []Warning
	secrets  []string // texts that must not be shown
}

// add adds an error at n, which may be nil.
func (p *problems) add(n *node, path string, err error, format string, args ...any) {
	if len(p.errs) >= maxErrors {
		p.more++
		return
	}
	e := &Error{File: p.file, Path: path, Message: p.scrub(fmt.Sprintf(format, args...)), Err: err}
	if n != nil {
		e.Line, e.Column = n.line, n.column
	}
	same := func(o *Error) bool {
		return o.Line == e.Line && o.Column == e.Column && o.Path == e.Path && o.Message == e.Message
	}
	if slices.ContainsFunc(p.errs, same) {
		return // what is referred to twice, or asked for again
	}
	if err != nil && p.scrub(err.Error()) != err.Error() {
		e.Err = nil // its text has what must not be shown
	}
	p.errs = append(p.errs, e)
}

func (p *problems) warn(at place, path, format string, args ...any) {
	if len(p.warnings) < maxErrors {
		p.warnings = append(p.warnings, Warning{at.line, at.column, path, p.scrub(fmt.Sprintf(format, args...))})
	}
}

// err gives all errors, in the order of the file; nil if there are none.
func (p *problems) err() error {
	if len(p.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(p.errs, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	errs := p.errs
	if p.more > 0 {
		errs = append(errs, &Error{File: p.file, Message: fmt.Sprintf("and %d more", p.more)})
	}
	return errs
}

// isSecret says whether what stands under key must not be shown.
func isSecret(key string) bool {
	switch strings.ToLower(key) {
	case "credentials", "password", "passwd", "secret", "token", "authorization", "header":
		return true
	}
	return false
}

// hide remembers the texts under secret keys.
func (p *problems) hide(n *node, budget *int, secret bool) {
	if *budget--; *budget < 0 {
		return
	}
	switch n.kind {
	case dict:
		for _, e := range n.pairs {
			p.hide(e.value, budget, secret || isSecret(e.key))
		}
	case list:
		for _, item := range n.items {
			p.hide(item, budget, secret)
		}
	case null, boolean:
	default:
		if secret && len(n.text) >= shortSecret {
			p.secrets = append(p.secrets, n.text)
		}
	}
}

// scrub takes what must not be shown out of s.
func (p *problems) scrub(s string) string {
	for _, secret := range p.secrets {
		s = strings.ReplaceAll(s, secret, hidden)
	}
	return s
}
