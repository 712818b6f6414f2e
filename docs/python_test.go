package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var goName = regexp.MustCompile(`^(\(\*[a-z]+\.[A-Z]\w*\)\.[A-Z]\w*|[a-z]+\.[A-Z]\w*(\.[A-Z]\w*)?)$`)

// TestPythonTable: what python.md says is here can be found in the source, what
// it says is planned cannot, and no name of Python's documentation is missing.
func TestPythonTable(t *testing.T) {
	exists := names(t)
	rows := map[string]bool{}
	for i, line := range read(t, "python.md") {
		row := cells(line)
		if row == nil || row[0] == "Python" {
			continue
		}
		if len(row) != 4 {
			t.Fatalf("line %d: %d cells, want 4: %s", i+1, len(row), line)
		}
		for _, name := range quoted(row[0]) {
			if rows[name] {
				t.Errorf("line %d: %s has a row already", i+1, name)
			}
			rows[name] = true
		}
		state, found := row[2], quoted(row[1])
		if !slices.Contains([]string{"here", "**planned**", "none"}, state) {
			t.Errorf("line %d: %q is no state", i+1, state)
		}
		if (state == "none") != (len(found) == 0) {
			t.Errorf("line %d: state %s, and the Go names %q", i+1, state, found)
		}
		if state == "none" && row[3] == "" {
			t.Errorf("line %d: does not say why there is none", i+1)
		}
		for _, name := range found {
			switch {
			case !goName.MatchString(name):
				t.Errorf("line %d: %s is no Go name of the form that this test can look up", i+1, name)
			case state == "here" && !exists[name]:
				t.Errorf("line %d: %s does not exist", i+1, name)
			case state == "**planned**" && exists[name]:
				t.Errorf("line %d: %s exists: it is not planned any more", i+1, name)
			}
		}
	}
	for _, name := range read(t, "testdata/reference-names.txt") {
		if !rows[name] {
			t.Errorf("%s, which Python's documentation names, has no row", name)
		}
	}
}

// Names in notes and pages can rot as well: whatever has the form of a Go name of
// this module, in backticks and outside of rows that are planned, exists.
func TestGoNamesInPages(t *testing.T) {
	exists := names(t)
	packages := map[string]bool{}
	for name := range exists {
		pkg, _, _ := strings.Cut(strings.TrimPrefix(name, "(*"), ".")
		packages[pkg] = true
	}
	call := regexp.MustCompile(`^(\(\*)?([a-z]+)\.[A-Z][\w.)]*`)
	for _, path := range pages(t) {
		for i, line := range read(t, path) {
			if row := cells(line); len(row) > 2 && row[2] == "**planned**" {
				continue
			}
			for _, q := range quoted(line) {
				m := call.FindStringSubmatch(q)
				if m == nil || !packages[m[2]] || m[0] != q && q[len(m[0])] != '(' {
					continue
				}
				if goName.MatchString(m[0]) && !exists[m[0]] {
					t.Errorf("%s:%d: %s does not exist", path, i+1, m[0])
				}
			}
		}
	}
}
