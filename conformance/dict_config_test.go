package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/config"
)

type dictConfigRow struct {
	Config     json.RawMessage
	PreConfig  json.RawMessage `json:"pre_config"`
	PreLoggers []struct {
		Name        string
		Level       *sluice.Level
		Propagate   *bool
		NullHandler bool `json:"null_handler"`
	} `json:"pre_loggers"`
	Result json.RawMessage
	Error  *struct{ Type, Message string }
	Causes []struct{ Type, Message string }
	Path   *string
}

// runDictConfig loads a row's configuration and compares what there is then, or what
// was told to be wrong.
func runDictConfig(t *testing.T, data []byte) (string, error) {
	var row dictConfigRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "dictconfig")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	in := func(text json.RawMessage) []byte { return bytes.ReplaceAll(text, []byte("$TMP"), []byte(dir)) }

	loggers := sluice.NewLoggers(nil)
	foreign := sluice.NewHandler(&sluice.Null{}, nil)
	for _, p := range row.PreLoggers {
		o := sluice.LoggerOptions{Level: p.Level, Propagate: p.Propagate}
		if p.NullHandler {
			o.Handlers = []*sluice.Handler{foreign}
		}
		loggers.Set(p.Name, o)
	}
	o := &config.Options{Loggers: loggers, OnError: func(context.Context, *sluice.Record, error) {}}
	var sys *config.System
	if row.PreConfig == nil {
		sys, err = config.Load("config.json", in(row.Config), o)
	} else {
		if sys, err = config.Load("pre.json", in(row.PreConfig), o); err != nil {
			return "", fmt.Errorf("pre_config: %w", err)
		}
		err = sys.Load(t.Context(), "config.json", in(row.Config))
	}
	if sys != nil {
		defer func() { _ = sys.Shutdown(context.Background()) }()
	}
	if row.Error != nil {
		if err == nil && resolvable(&row) {
			return "D8", nil
		}
		if err := wrongAt(err, row.Path); err != nil {
			return "", fmt.Errorf("%w (CPython: %s, %v)", err, row.Error.Message, row.Causes)
		}
		if row.PreConfig == nil {
			return "", nothingIn(dir)
		}
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return "", compareTrees(sys, dir, in(row.Result))
}

// resolvable says that CPython fails because a handler comes in the wrong order, which
// D8 does not have.
func resolvable(row *dictConfigRow) bool {
	return slices.ContainsFunc(row.Causes, func(c struct{ Type, Message string }) bool {
		return c.Type == "TypeError" && strings.Contains(c.Message, "not configured yet")
	})
}

// wrongAt checks that err tells something wrong at path, or around it: the path of a
// row is a guess of its generator's.
func wrongAt(err error, path *string) error {
	var all config.Errors
	if !errors.As(err, &all) {
		return fmt.Errorf("error %v, want config.Errors", err)
	}
	if path == nil {
		return nil
	}
	for _, e := range all {
		// The generator calls the argument by dictConfig's name where "()" has Python's.
		if at, ok := strings.CutSuffix(e.Path, ".fmt"); ok && at+".format" == *path {
			return nil
		}
		if e.Path == *path || strings.HasPrefix(e.Path, *path+".") || strings.HasPrefix(e.Path, *path+"[") || strings.HasPrefix(*path, e.Path+".") {
			return nil
		}
	}
	return fmt.Errorf("no error at %s, but: %w", *path, err)
}

func nothingIn(dir string) error {
	left, err := os.ReadDir(dir)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("left behind: %v", left)
	}
	return err
}

// compareTrees compares what sys has with a row's result, both brought into one form.
func compareTrees(sys *config.System, dir string, result []byte) error {
	var want map[string]any
	if err := json.Unmarshal(result, &want); err != nil {
		return err
	}
	tree := sys.Tree()
	handlers, loggers := map[string]any{}, map[string]any{}
	for _, h := range tree.Handlers {
		handlers[h.Name] = handlerTree(&h)
	}
	for _, l := range tree.Loggers {
		if l.Name != "root" {
			loggers[l.Name] = loggerTree(&l)
		}
	}
	root := loggerTree(tree.Logger("root"))
	delete(root, "propagate")
	files := []any{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		files = append(files, e.Name())
	}
	got := map[string]any{"handlers": handlers, "loggers": loggers, "root": root, "files": files}
	data, err := json.Marshal(got)
	if err != nil {
		return err
	}
	clear(got)
	if err := json.Unmarshal(data, &got); err != nil {
		return err
	}
	return differ("", plainTree(got), plainTree(want))
}

func handlerTree(h *config.HandlerInfo) map[string]any {
	m := map[string]any{"class": h.Class, "level": h.Level, "filters": filterTrees(h.Filters), "attrs": h.Attrs, "formatter": nil}
	if f := h.Formatter; f != nil {
		m["formatter"] = map[string]any{"class": f.Class}
		if f.Class == "logging.Formatter" {
			m["formatter"] = map[string]any{
				"class": f.Class, "fmt": f.Format, "datefmt": orNil(f.DateFmt), "style": f.Style, "defaults": f.Defaults,
			}
		}
		if len(f.Attrs) > 0 {
			m["formatter"].(map[string]any)["props"] = f.Attrs
		}
	}
	if h.Stream != "" {
		m["stream"] = strings.TrimPrefix(h.Stream, "sys.")
	}
	if h.Class == "logging.handlers.MemoryHandler" {
		m["target"] = nil
		if len(h.Targets) > 0 {
			m["target"] = h.Targets[0]
		}
	}
	if q := h.Queue; q != nil {
		m["queue"] = map[string]any{"class": q.Class, "maxsize": q.Size}
		m["listener"] = map[string]any{
			"class": h.Listener.Class, "handlers": orEmpty(h.Listener.Handlers),
			"respect_handler_level": h.Listener.RespectHandlerLevel,
		}
	}
	return m
}

func loggerTree(l *config.LoggerInfo) map[string]any {
	handlers := []string{}
	for _, name := range l.Handlers {
		if name == "" {
			name = "logging.NullHandler" // the row's own
		}
		handlers = append(handlers, name)
	}
	return map[string]any{
		"level": l.Level, "propagate": l.Propagate, "disabled": l.Disabled, "handlers": handlers, "filters": filterTrees(l.Filters),
	}
}

func filterTrees(fs []config.FilterInfo) []any {
	all := []any{}
	for _, f := range fs {
		all = append(all, map[string]any{"class": f.Class, "name": f.Under})
	}
	return all
}

func orEmpty(s []string) []string { return append([]string{}, s...) }

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// plainTree makes what only Python tells apart equal: a bool is its number, a tuple
// its list.
func plainTree(v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return 1.0
		}
		return 0.0
	case []any:
		for i := range v {
			v[i] = plainTree(v[i])
		}
	case map[string]any:
		if t, ok := v["__tuple__"]; ok {
			return plainTree(t)
		}
		for k := range v {
			v[k] = plainTree(v[k])
		}
	}
	return v
}

// differ says where two trees part.
func differ(path string, got, want any) error {
	g, isMap := got.(map[string]any)
	w, both := want.(map[string]any)
	if !isMap || !both {
		if !reflect.DeepEqual(got, want) {
			return fmt.Errorf("%s is %v, want %v", path, got, want)
		}
		return nil
	}
	for k := range w {
		if _, ok := g[k]; !ok {
			return fmt.Errorf("%s.%s is missing, want %v", path, k, w[k])
		}
	}
	for k := range g {
		if _, ok := w[k]; !ok {
			return fmt.Errorf("%s.%s is %v, and should not be", path, k, g[k])
		}
		if err := differ(path+"."+k, g[k], w[k]); err != nil {
			return err
		}
	}
	return nil
}
