package sluice_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/sluicelog/sluice"
)

// front is a way to make slog's handler contract visible: a Formatter and the
// parser of its output.
type front struct {
	name   string
	format func() sluice.Formatter
	parse  func(t *testing.T, line string) map[string]any
}

func fronts() []front {
	return []front{
		{"logfmt", func() sluice.Formatter { return sluice.NewLogfmt(nil) }, parseLogfmt},
		{"json", func() sluice.Formatter { return sluice.NewJSON(nil) }, parseJSON},
	}
}

func TestSlogtest(t *testing.T) {
	for _, f := range fronts() {
		t.Run(f.name, func(t *testing.T) {
			var out *bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				out = new(bytes.Buffer)
				return sluice.NewHandler(sluice.NewStream(out, f.format()), nil)
			}, func(t *testing.T) map[string]any { return f.parse(t, strings.TrimSuffix(out.String(), "\n")) })
		})
		t.Run(f.name+" through ToSlog", func(t *testing.T) {
			var out *bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				out = new(bytes.Buffer)
				behind := sluice.NewHandler(sluice.NewStream(out, f.format()), nil)
				return sluice.NewHandler(sluice.ToSlog(behind), nil)
			}, func(t *testing.T) map[string]any { return f.parse(t, strings.TrimSuffix(out.String(), "\n")) })
		})
	}
}

func parseJSON(t *testing.T, line string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatalf("%q is not JSON: %v", line, err)
	}
	if s, ok := m["time"].(string); ok {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Errorf("time %q: %v", s, err)
		}
		m["time"] = at
	}
	return m
}

// parseLogfmt reads key=value pairs; dots in a key are groups.
func parseLogfmt(t *testing.T, line string) map[string]any {
	t.Helper()
	top := map[string]any{}
	word := func() string {
		if strings.HasPrefix(line, `"`) {
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				t.Fatalf("bad quoting at %q: %v", line, err)
			}
			line = line[len(q):]
			s, err := strconv.Unquote(q)
			if err != nil {
				t.Fatalf("bad quoting %q: %v", q, err)
			}
			return s
		}
		i := strings.IndexAny(line, "= ")
		if i < 0 {
			i = len(line)
		}
		s := line[:i]
		line = line[i:]
		return s
	}
	for line != "" {
		key := word()
		if !strings.HasPrefix(line, "=") {
			t.Fatalf("no value for the key %q at %q", key, line)
		}
		line = line[1:]
		value := word()
		m := top
		path := strings.Split(key, ".")
		for _, g := range path[:len(path)-1] {
			sub, ok := m[g].(map[string]any)
			if !ok {
				sub = map[string]any{}
				m[g] = sub
			}
			m = sub
		}
		last := path[len(path)-1]
		m[last] = value
		if last == "time" && len(path) == 1 {
			at, err := time.Parse(time.RFC3339, value)
			if err != nil {
				t.Errorf("time %q: %v", value, err)
			}
			m[last] = at
		}
		line = strings.TrimPrefix(line, " ")
	}
	return top
}
