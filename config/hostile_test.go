package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/config"
)

// What is no configuration is told with its place.
func TestNoConfiguration(t *testing.T) {
	deep := strings.Repeat("[", 5000)
	for name, c := range map[string]struct{ text, want string }{
		"a.json":   {"{\"version\": 1,\n  \"root\": }", "a.json:2:11: no JSON: "},
		"b.json":   {"{\"version\": 1", "b.json:1:14: no JSON: the file ends too early"},
		"c.json":   {"{} {}", "c.json:1:4: something follows the configuration"},
		"d.json":   {deep, "d.json:1:102: no JSON: nested more than 100 deep"},
		"e.yaml":   {"version: 1\nroot: [\n", "e.yaml:"},
		"f.yaml":   {"version: 1\n---\nversion: 1\n", "f.yaml:2:1: no YAML: a second document begins"},
		"g.yaml":   {deep + strings.Repeat("]", 5000), "g.yaml:1:102: nested more than 100 deep"},
		"h.yaml":   {"a: &a [*a]", "h.yaml:1:8: anchor a holds itself"},
		"i.yaml":   {"version: !!python/object/apply:os.system [id]", "i.yaml:1:10: unknown tag !!python/object/apply:os.system"},
		"j.yaml":   {"version: 1\nroot: {level: .nan}", "j.yaml:2:15: .nan is no number"},
		"k.yaml":   {"", "k.yaml:1:1: the configuration is nothing, and should be a mapping"},
		"l.yaml":   {"a: \xff", "l.yaml:1:4: not UTF-8"},
		"tab.yaml": {"version: 1\nroot:\n\tlevel: INFO", "tab.yaml:3:1: no YAML: found character that cannot start any token; the line is indented by a tab, and YAML takes spaces"},
		"m.yaml":   {"a: \x00", "m.yaml: no YAML: it holds NUL bytes"},
		"n.yaml":   {"- 1", "n.yaml:1:1: the configuration is a list, and should be a mapping"},
		"o.yaml":   {"version: 1\nhandlers: {? [a] : 1}", "o.yaml:2:14: a key is a text"},
		"p.yaml":   {"version: 1\n<<: 3", "p.yaml:2:5: what is merged"},
		"q.yaml":   {"version: 1\nx: cfg://x\nroot: cfg://x", "q.yaml:2:4: root: \"cfg://x\" refers to itself"},
		"r.yaml":   {"version: 1\nroot: {level: cfg://lvl}\nlevl: 10", "there is no \"lvl\"; did you mean levl?"},
		"s.yaml":   {"version: 1\nhandlers: {h: {class: my.app.Handler}}", "s.yaml:2:23: handlers.h.class: no handler is known as \"my.app.Handler\"; nothing is imported: a program gives classes of its own in config.Options"},
	} {
		_, err := config.Load(name, []byte(c.text), nil)
		var all config.Errors
		if !errors.As(err, &all) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// A small file that stands for a large one is refused.
func TestBombs(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	laughs.WriteString("formatters: {f: {format: '%(message)s', defaults: {x: *a11}}}\n")
	var refs strings.Builder
	refs.WriteString(`{"version": 1, "a0": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]`)
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&refs, `, "a%d": [%s]`, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`"cfg://a%d", `, i-1), 10), ", "))
	}
	refs.WriteString(`, "formatters": {"f": {"format": "%(message)s", "defaults": {"x": "cfg://a11"}}}}`)
	for name, text := range map[string]string{"laughs.yaml": laughs.String(), "refs.json": refs.String()} {
		_, err := config.Load(name, []byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), "make too many of few") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yaml")
	f, err := os.Create(large)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(100<<20), f.Close()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                          "a directory, and not a file",
		large:                        "more than 1 MiB",
		filepath.Join(dir, "no.yml"): "no such file",
		os.DevNull:                   "a device, a pipe or a socket",
	} {
		_, err := config.LoadFile(path, nil)
		var all config.Errors
		if !errors.As(err, &all) || all[0].File != path {
			t.Errorf("%s: %v", path, err)
		} else if path != filepath.Join(dir, "no.yml") && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// What stands under credentials is in no error, and in nothing that Check gives.
func TestSecrets(t *testing.T) {
	const secret = "hunter2-hunter2"
	path := filepath.Join(t.TempDir(), "logging.yaml")
	for _, text := range []string{
		"handlers: {m: {class: logging.handlers.SMTPHandler, mailhost: h, fromaddr: a@b, toaddrs: c@d, subject: s, credentials: [me, hunter2-hunter2]}}",
		"handlers: {m: {class: logging.handlers.SMTPHandler, mailhost: h, fromaddr: hunter2-hunter2, toaddrs: [], subject: hunter2-hunter2, credentials: [me, hunter2-hunter2, 3]}}",
		"handlers: {m: {class: logging.handlers.SMTPHandler, mailhost: h, fromaddr: a@b, toaddrs: c@d, subject: 5, credentials: hunter2-hunter2}}",
		"handlers: {m: {class: logging.handlers.SMTPHandler, credentials: cfg://store.password}}\nstore: {password: hunter2-hunter2}",
		"handlers: {m: {class: logging.FileHandler, filename: x, credentials: {hunter: hunter2-hunter2}}}",
		"handlers: {m: {class: hunter2-hunter2, credentials: {hunter: hunter2-hunter2}}}\nroot: {handlers: [m]}",
		"handlers: {m: {class: logging.NullHandler, '.': {password: hunter2-hunter2}}}\nroot: {handlers: [m]}",
	} {
		if err := os.WriteFile(path, []byte("version: 1\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := config.CheckFile(path, nil)
		told, jsonErr := json.Marshal(r)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		if all := fmt.Sprintf("%v %+v %#v %s", err, err, err, told); strings.Contains(all, secret) {
			t.Errorf("%s: %s", text, all)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		basic, "version: 1\nroot: {level: cfg://a[0].b}\na: [{b: INFO}]", `{"version": 1, "incremental": true}`,
		"version: 1\nx: &x {a: 1}\ny: {<<: *x}\nhandlers: {h: {(): logging.StreamHandler, stream: ext://sys.stdout, '.': {terminator: ''}}}",
		"version: 1\nhandlers: {q: {class: logging.handlers.QueueHandler, queue: {(): ring, size: 3, full: drop_oldest}, handlers: [m]}, m: {class: logging.handlers.MemoryHandler, capacity: 2, target: n}, n: {class: rate_limit, target: o}, o: {class: console}}",
		"version: 1\nformatters: {f: {(): logging.Formatter, fmt: '{message}', style: '{', '.': {default_msec_format: null}}}\nfilters: {x: {(): redact, keys: [a]}, y: {(): where, attr: a.b, is: c}}",
	} {
		f.Add([]byte(seed), "x.yaml")
		f.Add([]byte(seed), "x.json")
	}
	rows, err := os.ReadFile(filepath.Join("..", "conformance", "testdata", "vectors", "dict_config.jsonl"))
	if err == nil {
		for i, row := range bytes.Split(rows, []byte("\n")) {
			var r struct{ Config json.RawMessage }
			if i%20 == 0 && json.Unmarshal(row, &r) == nil {
				f.Add([]byte(r.Config), "x.json")
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		// Check, as a fuzzer must not open what it likes.
		r, err := config.Check(filepath.Base(name), data, nil)
		if (r == nil) == (err == nil) {
			t.Errorf("report %v, error %v", r, err)
		}
		var all config.Errors
		if err != nil && (!errors.As(err, &all) || len(all) == 0) {
			t.Errorf("error %v, want config.Errors", err)
		}
		if r != nil {
			if _, err := json.Marshal(r); err != nil {
				t.Error(err)
			}
		}
	})
}
