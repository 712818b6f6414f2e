package sluice_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sluicelog/sluice"

// imports says what a package may import of this module and of others; the
// standard library is open but for what forbidden names. The packages lie in
// layers: each row names only rows above it.
var imports = map[string][]string{
	"internal/buffer":    {},
	"internal/goroutine": {},
	"internal/ledger":    {""},
	"internal/strftime":  {},
	"internal/typedjson": {"pyval"},
	"pyval":              {},
	"rotate":             {"golang.org/x/sys", "github.com/klauspost/compress"},
	"rotate/lumberjack":  {"rotate"},
	"redial":             {"golang.org/x/sys"},
	"pickle":             {"pyval"},
	"internal/pyfmt":     {"pyval"},
	"charset":            {"golang.org/x/text"},
	"charset/charname":   {"golang.org/x/text"},
	"":                   {"internal/buffer", "internal/goroutine", "internal/pyfmt", "internal/strftime", "pyval"},
	"emittest":           {""},
	"wire":               {"", "pickle", "pyval", "internal/pyfmt"},
	"handlers":           {"", "rotate", "charset", "golang.org/x/sys"},
	"internal/mail":      {},
	"handlers/remote":    {"", "internal/buffer", "internal/mail", "pyval", "wire", "redial", "github.com/klauspost/compress", "github.com/wneessen/go-mail", "queue", "queue/spool"},
	"receive":            {"", "wire", "github.com/klauspost/compress", "golang.org/x/sys"},
	"queue":              {"", "internal/goroutine", "pyval"},
	"queue/queuetest":    {"", "queue"},
	"queue/spool":        {"", "internal/ledger", "pyval", "queue", "golang.org/x/sys"},
	"config":             {"", "charset", "handlers", "handlers/remote", "queue", "queue/spool", "redial", "rotate", "wire", "go.yaml.in/yaml/v3"},

	"internal/freeport":      {},
	"internal/mail/mailtest": {},
}

// forbidden are packages of the standard library that a package must not import:
// a library that formats and writes does not open connections or start programs,
// and one that decodes what strangers send has no way to do anything at all.
var forbidden = map[string][]string{
	"":                  {"net", "os/exec", "crypto/tls", "plugin", "unsafe"},
	"pyval":             {"net", "os", "os/exec", "syscall", "plugin", "unsafe", "reflect"},
	"pickle":            {"net", "os", "os/exec", "syscall", "plugin", "unsafe", "reflect", "io/fs"},
	"internal/pyfmt":    {"net", "os", "os/exec", "syscall", "plugin", "unsafe", "reflect"},
	"wire":              {"net", "os", "os/exec", "plugin", "unsafe"},
	"rotate":            {"net", "os/exec", "log", "log/slog", "plugin"},
	"rotate/lumberjack": {"net", "os/exec", "log", "log/slog", "plugin"},
	"redial":            {"crypto/tls", "net/http", "os/exec", "log", "log/slog", "plugin", "unsafe"},
	"charset":           {"net", "os", "os/exec", "plugin", "unsafe"},
	"handlers":          {"net", "os/exec", "crypto/tls", "plugin", "unsafe"},
	"handlers/remote":   {"os/exec", "plugin", "unsafe"},
	"receive":           {"os/exec", "plugin", "unsafe"},
	"emittest":          {"net", "os/exec", "plugin", "unsafe"},
	"queue":             {"net", "os", "os/exec", "plugin", "unsafe"},
	"queue/spool":       {"net", "os/exec", "plugin", "unsafe"},
	"config":            {"os/exec", "plugin", "unsafe"},
}

// TestImports: the import rules are policy. What a package's tests import is
// free.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || isModule(path)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if pkg == "." {
			pkg = ""
		}
		allowed, ok := imports[pkg]
		if !ok {
			if !seen[pkg] {
				t.Errorf("package %q has no row in the import rules", pkg)
			}
			seen[pkg] = true
			return nil
		}
		seen[pkg] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			check(t, path, pkg, imported, allowed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range imports {
		if !seen[pkg] {
			t.Errorf("the import rules have a row for %q, which does not exist", pkg)
		}
	}
}

// isModule says that dir is a module of its own, which may import what it likes.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func check(t *testing.T, path, pkg, imported string, allowed []string) {
	t.Helper()
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		for _, f := range forbidden[pkg] {
			if imported == f || strings.HasPrefix(imported, f+"/") && f != "os" && f != "log" {
				t.Errorf("%s imports %s, which is forbidden to package %q", path, imported, pkg)
			}
		}
		return
	}
	own, isOwn := strings.CutPrefix(imported, module)
	own = strings.TrimPrefix(own, "/")
	for _, a := range allowed {
		if isOwn && own == a {
			return
		}
		if !isOwn && strings.Contains(a, ".") && (imported == a || strings.HasPrefix(imported, a+"/")) {
			return
		}
	}
	t.Errorf("%s imports %s, which the import rules do not give package %q", path, imported, pkg)
}
