package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// goTests are the tests and the string literals of a package's test files, for
// all systems.
type goTests struct {
	funcs    map[string]bool
	literals map[string]bool
}

func parseTests(dir string) (*goTests, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	found := &goTests{map[string]bool{}, map[string]bool{}}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil {
					found.funcs[n.Name.Name] = true
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					found.literals[text] = true
				}
			}
			return true
		})
	}
	return found, nil
}

var (
	classHead = regexp.MustCompile(`^## (.+) \((\d+)\)$`)
	tagRow    = regexp.MustCompile(`^\| (\S+) \| (\d+) \|$`)
	goTest    = regexp.MustCompile("`([a-z/]+) (Test\\w+)(?:/([^`]+))?`")
)

// testIndex finds the Go tests of this repository.
type testIndex map[string]*goTests

// check says what is wrong with a reference to a test.
func (x testIndex) check(pkg, name, sub string) error {
	found := x[pkg]
	if found == nil {
		dir := filepath.Join("..", filepath.FromSlash(pkg))
		if pkg == "sluice" {
			dir = ".."
		}
		var err error
		if found, err = parseTests(dir); err != nil {
			return err
		}
		x[pkg] = found
	}
	if !found.funcs[name] {
		return fmt.Errorf("package %s has no %s", pkg, name)
	}
	if sub != "" && !found.literals[sub] {
		return fmt.Errorf("package %s has no subtest %q of %s", pkg, sub, name)
	}
	return nil
}

// TestCPythonTests: CPYTHON_TESTS.md has as many rows as its heads say, each with
// a Go test that exists or a reason.
func TestCPythonTests(t *testing.T) {
	text, err := os.ReadFile("CPYTHON_TESTS.md")
	if err != nil {
		t.Fatal(err)
	}
	index := testIndex{}
	classes, head := map[string]int{}, map[string]int{} // rows, as the heads say
	rows, tags := map[string]int{}, map[string]int{}    // and as there are
	class, all, shown := "", 0, 0
	for i, line := range strings.Split(string(text), "\n") {
		for _, ref := range goTest.FindAllStringSubmatch(line, -1) {
			if err := index.check(ref[1], ref[2], ref[3]); err != nil {
				t.Errorf("line %d: %v", i+1, err)
			}
		}
		if m := classHead.FindStringSubmatch(line); m != nil {
			class = m[1]
			classes[class], _ = strconv.Atoi(m[2])
		} else if m := tagRow.FindStringSubmatch(line); m != nil && class == "" {
			head[m[1]], _ = strconv.Atoi(m[2])
		} else if cells := strings.Split(strings.Trim(line, "| "), " |"); strings.HasPrefix(line, "| `") {
			rows[class]++
			all++
			if len(cells[1]) <= len(" A*") {
				tags[strings.TrimSpace(cells[1])]++
				tags["total"]++
				cells = cells[1:]
			}
			answer := strings.TrimSpace(cells[1])
			switch {
			case goTest.MatchString(answer):
				shown++
			case !strings.HasPrefix(answer, "planned: ") && !strings.HasPrefix(answer, "n/a: "):
				t.Errorf("line %d: neither a Go test nor a reason: %s", i+1, line)
			}
		}
	}
	if !maps.Equal(rows, classes) {
		t.Errorf("the classes have %v rows, their heads say %v", rows, classes)
	}
	if !maps.Equal(tags, head) || len(tags) == 0 {
		t.Errorf("the rows have the tags %v, the table says %v", tags, head)
	}
	t.Logf("%d of %d rows have a Go test", shown, all)
}
