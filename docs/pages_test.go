package docs_test

import (
	"go/ast"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pages are the pages that these tests hold to the source: those of docs, but
// for the decisions, which keep what was true when they were taken, and what
// lies beside README.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"../README.md", "../CONTRIBUTING.md", "../FAQ.md", "../SECURITY.md"}
	for _, pattern := range []string{"*.md", "handlers/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// examples gives the lines of the bodies of all examples, by package and name,
// without their indentation.
func examples(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	walk(t, "_test.go", func(path string) {
		fset, file := parse(t, path)
		lines := read(t, path)
		pkg := strings.TrimSuffix(file.Name.Name, "_test")
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Example") {
				continue
			}
			first, last := fset.Position(f.Body.Lbrace).Line, fset.Position(f.Body.Rbrace).Line
			var body []string
			for _, line := range lines[first : last-1] {
				body = append(body, strings.TrimPrefix(line, "\t"))
			}
			all[pkg+"."+f.Name.Name] = body
		}
	})
	return all
}

var exampleMark = regexp.MustCompile(`^<!-- example: (\S+) -->$`)

// TestGoInPages: Go that a page shows stands, line by line, in the example that
// the page names in front of it. Examples are compiled and run.
func TestGoInPages(t *testing.T) {
	bodies := examples(t)
	for _, path := range pages(t) {
		lines := read(t, path)
		for i := 0; i < len(lines); i++ {
			if lines[i] != "```go" {
				continue
			}
			m := exampleMark.FindStringSubmatch(lines[max(0, i-1)])
			if m == nil {
				t.Errorf("%s:%d: no <!-- example: package.ExampleName --> in front of the Go block", path, i+1)
				continue
			}
			length := slices.Index(lines[i+1:], "```")
			if length < 0 {
				t.Fatalf("%s:%d: the block does not end", path, i+1)
			}
			block := lines[i+1 : i+1+length]
			body, ok := bodies[m[1]]
			if !ok {
				t.Errorf("%s:%d: there is no %s", path, i, m[1])
			} else if !holds(body, block) {
				t.Errorf("%s:%d: the block is not in %s, which is\n%s", path, i+1, m[1], strings.Join(body, "\n"))
			}
			i += length
		}
	}
}

// holds says that part is a run of whole lines of all.
func holds(all, part []string) bool {
	for i := 0; i+len(part) <= len(all); i++ {
		if slices.Equal(all[i:i+len(part)], part) {
			return len(part) > 0
		}
	}
	return false
}

var (
	optionsMark = regexp.MustCompile(`^<!-- options: (.+) -->$`)
	link        = regexp.MustCompile(`\]\(([^)#]*)[^)]*\)`)
)

// TestOptionTables: a table of options names every field of its structs, and
// nothing else.
func TestOptionTables(t *testing.T) {
	exists := names(t)
	for _, path := range pages(t) {
		lines := read(t, path)
		for i, line := range lines {
			m := optionsMark.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			want := map[string]bool{}
			for _, typ := range strings.Fields(m[1]) {
				for name := range exists {
					// An embedded struct is listed by its own fields.
					if field, ok := strings.CutPrefix(name, typ+"."); ok && field != "Options" {
						want[field] = true
					}
				}
			}
			if len(want) == 0 {
				t.Errorf("%s:%d: %s have no fields", path, i+1, m[1])
			}
			for _, line := range lines[i+1:] {
				if !strings.HasPrefix(line, "|") {
					break
				}
				row := cells(line)
				if row == nil || row[0] == "Option" {
					continue
				}
				for _, field := range quoted(row[0]) {
					if !want[field] {
						t.Errorf("%s: %s is no field of %s", path, field, m[1])
					}
					delete(want, field)
				}
			}
			for field := range want {
				t.Errorf("%s: the options have no row for %s of %s", path, field, m[1])
			}
		}
	}
}

// TestLinks: what a page links to in this repository is there.
func TestLinks(t *testing.T) {
	for _, path := range pages(t) {
		for i, line := range read(t, path) {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if m[1] == "" || strings.Contains(m[1], ":") {
					continue
				}
				if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
					t.Errorf("%s:%d: %v", path, i+1, err)
				}
			}
		}
	}
}

// TestShown: what a table names in its last column as what shows its promises, a test
// or a row of FAULTS.md, is there.
func TestShown(t *testing.T) {
	there := map[string]bool{}
	test := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, line := range read(t, path) {
			if m := test.FindStringSubmatch(line); m != nil {
				there[m[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range read(t, "../FAULTS.md") {
		if row := cells(line); row != nil {
			there[row[0]] = true
		}
	}
	for _, path := range pages(t) {
		table, named := false, 0
		for i, line := range read(t, path) {
			row := cells(line)
			switch {
			case line == "<!-- shown -->":
				table, named = true, 0
			case table && row != nil:
				for _, name := range quoted(row[len(row)-1]) {
					if named++; !there[name] {
						t.Errorf("%s:%d: there is no %s", path, i+1, name)
					}
				}
			case table && line == "":
				if table = false; named == 0 {
					t.Errorf("%s:%d: the table above names nothing that shows it", path, i+1)
				}
			}
		}
	}
}

// TestServeFlags: receiver.md names every flag of sluice serve, and no other.
func TestServeFlags(t *testing.T) {
	want := map[string]bool{}
	flags := func(path, typ string) {
		if _, err := os.Stat(path); err != nil {
			t.Skip("the program is another module, which is not here")
		}
		_, file := parse(t, path)
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.TypeSpec)
			if !ok || s.Name.Name != typ {
				return true
			}
			for _, f := range s.Type.(*ast.StructType).Fields.List {
				if f.Tag == nil {
					continue
				}
				tag, err := strconv.Unquote(f.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range f.Names {
					name := reflect.StructTag(tag).Get("name")
					if name == "" {
						name = kebab(n.Name)
					}
					want["--"+name] = true
				}
			}
			return true
		})
	}
	flags("../cmd/sluice/serve.go", "serveCmd")
	flags("../cmd/sluice/limits.go", "limits")
	flags("../cmd/sluice/rotation.go", "rotation")
	flags("../cmd/sluice/queued.go", "waiting")
	flags("../cmd/sluice/clustered.go", "clustered")
	if len(want) == 0 {
		t.Fatal("found no flags")
	}
	found := map[string]bool{}
	for i, line := range read(t, "receiver.md") {
		for _, q := range quoted(line) {
			for _, word := range strings.Fields(q) {
				if flag, _, _ := strings.Cut(word, "="); strings.HasPrefix(flag, "--") {
					found[flag] = true
					if !want[flag] {
						t.Errorf("receiver.md:%d: sluice serve has no %s", i+1, flag)
					}
				}
			}
		}
	}
	for flag := range want {
		if !found[flag] {
			t.Errorf("receiver.md does not name %s", flag)
		}
	}
}

// kebab is max-frame of MaxFrame.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// TestPythonInPages runs the Python that pages show, each block for itself.
func TestPythonInPages(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a page moves a file that is open")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SLUICE_PEERS") == "required" {
			t.Fatal(err)
		}
		t.Skip("no python3 (Debian: python3)")
	}
	for _, path := range pages(t) {
		lines := read(t, path)
		for i, line := range lines {
			if line != "```python" {
				continue
			}
			length := slices.Index(lines[i+1:], "```")
			if length < 0 {
				t.Fatalf("%s:%d: the block does not end", path, i+1)
			}
			program := strings.Join(lines[i+1:i+1+length], "\n")
			if strings.Contains(program, "SocketHandler") {
				// Somebody may listen at its address: it is only compiled.
				program = "compile(" + strconv.Quote(program) + ", 'page', 'exec')"
			}
			cmd := exec.Command(python, "-c", program)
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Contains(string(out), "Error") {
				t.Errorf("%s:%d: %v: %s", path, i+1, err, out)
			}
		}
	}
}
