package docs_test

import (
	"regexp"
	"testing"
)

var difference = regexp.MustCompile(`\bD[0-9]+\b`)

// TestDifferences: every number of a difference that a page names is explained, and
// every one that is explained is named.
func TestDifferences(t *testing.T) {
	explained, named := map[string]bool{}, map[string]bool{}
	for _, line := range read(t, "differences.md") {
		if row := cells(line); row != nil && difference.MatchString(row[0]) {
			explained[row[0]] = true
		}
	}
	if len(explained) == 0 {
		t.Fatal("differences.md explains nothing")
	}
	for _, page := range pages(t) {
		if page == "differences.md" {
			continue
		}
		for i, line := range read(t, page) {
			for _, d := range difference.FindAllString(line, -1) {
				if named[d] = true; !explained[d] {
					t.Errorf("%s:%d: differences.md has no %s", page, i+1, d)
				}
			}
		}
	}
	for d := range explained {
		if !named[d] {
			t.Errorf("differences.md: no page names %s", d)
		}
	}
}
