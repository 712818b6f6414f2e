package pickle

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestImports holds the package to what its doc promises: what it imports can
// neither run a program, nor open a file, nor make a connection, nor get at a
// function by its name. (log/slog is here for its Value.)
func TestImports(t *testing.T) {
	allowed := map[string]bool{
		"errors": true, "fmt": true, "log/slog": true, "math": true, "math/big": true, "slices": true, "strconv": true,
		"strings": true, "sync": true, "unicode/utf8": true, "github.com/sluicelog/sluice/pyval": true,
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			seen++
			if path, _ := strconv.Unquote(spec.Path.Value); !allowed[path] {
				t.Errorf("%s imports %s", name, path)
			}
		}
		for _, group := range file.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//go:") {
					t.Errorf("%s: directive %s", name, c.Text)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no imports found")
	}
}
