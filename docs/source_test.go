package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// walk calls visit with the files of the module whose names end in suffix.
func walk(t *testing.T, suffix string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			// A module of its own is a program, or tests, but for that of natsqueue.
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if path != ".." && (err == nil && d.Name() != "natsqueue" || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "internal") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, suffix) {
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, path string) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return fset, file
}

// names are the exported names of the module's packages, for every system:
// pkg.Name, pkg.Type.Member, (*pkg.Type).Method.
func names(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	walk(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		_, file := parse(t, path)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				all[funcName(file.Name.Name, d)] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					specNames(all, file.Name.Name, s)
				}
			}
		}
	})
	for name := range all {
		for _, part := range strings.Split(name, ".")[1:] {
			if !ast.IsExported(strings.TrimSuffix(part, ")")) {
				delete(all, name)
			}
		}
	}
	return all
}

func funcName(pkg string, d *ast.FuncDecl) string {
	if d.Recv == nil {
		return pkg + "." + d.Name.Name
	}
	switch r := d.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		return fmt.Sprintf("(*%s.%s).%s", pkg, r.X, d.Name)
	default:
		return fmt.Sprintf("%s.%s.%s", pkg, r, d.Name)
	}
}

func specNames(all map[string]bool, pkg string, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			all[pkg+"."+n.Name] = true
		}
	case *ast.TypeSpec:
		name := pkg + "." + s.Name.Name
		all[name] = true
		var members *ast.FieldList
		switch typ := s.Type.(type) {
		case *ast.StructType:
			members = typ.Fields
		case *ast.InterfaceType:
			members = typ.Methods
		default:
			return
		}
		for _, m := range members.List {
			for _, n := range m.Names {
				all[name+"."+n.Name] = true
			}
			if id, ok := m.Type.(*ast.Ident); ok && len(m.Names) == 0 {
				all[name+"."+id.Name] = true
			}
		}
	}
}

// read gives the lines of a file.
func read(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// cells gives the cells of a table's row; nil for another line, for a head and
// for what stands below it.
func cells(line string) []string {
	if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") {
		return nil
	}
	parts := strings.Split(strings.Trim(line, "|"), "|")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
	}
	return parts
}

// quoted gives what stands between backticks.
func quoted(cell string) []string {
	var all []string
	parts := strings.Split(cell, "`")
	for i := 1; i < len(parts); i += 2 {
		all = append(all, parts[i])
	}
	return all
}
