package conformance

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/rotate"
)

// namer returns the path -> path function that README-files.md names, or nil.
func namer(name string) (func(string) string, error) {
	onBase := func(make func(b, x, s string) string) func(string) string {
		return func(path string) string {
			dir, b := filepath.Split(path)
			x, s := b, ""
			if i := strings.LastIndexByte(b, '.'); i >= 0 {
				x, s = b[i+1:], b[:i]
			}
			return dir + make(b, x, s)
		}
	}
	// splitext is Python's: leading dots start no extension. E has its dot.
	splitext := func(s string) (r, e string) {
		start := len(s) - len(strings.TrimLeft(s, "."))
		if i := strings.LastIndexByte(s, '.'); i > start {
			return s[:i], s[i:]
		}
		return s, ""
	}
	switch name {
	case "none":
		return nil, nil
	case "gz":
		return onBase(func(b, _, _ string) string { return b + ".gz" }), nil
	case "log_last":
		return onBase(func(b, _, _ string) string { return strings.Replace(b, ".log", "", 1) + ".log" }), nil
	case "prefix":
		return onBase(func(_, x, s string) string { return x + "-" + s }), nil
	case "old":
		return onBase(func(_, x, _ string) string { return "g" + x + ".oldlog" }), nil
	case "upper":
		return onBase(func(b, _, _ string) string { return strings.ToUpper(b) }), nil
	case "const":
		return onBase(func(_, _, _ string) string { return "rotated.log" }), nil
	case "subdir":
		return onBase(func(b, _, _ string) string { return filepath.Join("old", b) }), nil
	case "underscore":
		return onBase(func(_, x, s string) string { r, e := splitext(s); return r + "_" + x + e }), nil
	case "double":
		return onBase(func(_, x, s string) string { r, e := splitext(s); return r + "." + x + "." + x + e }), nil
	case "nodash":
		return onBase(func(_, x, s string) string { return s + "." + strings.NewReplacer("-", "", "_", "").Replace(x) }), nil
	}
	return nil, fmt.Errorf("namer %q is not known", name)
}

// runFilesToDelete asks rotate.Expired for what getFilesToDelete gives.
func runFilesToDelete(_ *testing.T, data []byte) (string, error) {
	var row struct {
		When        string
		BackupCount int `json:"backup_count"`
		Namer       string
		Base        string
		Listing     []string
		Deleted     []string
	}
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	made, err := namer(row.Namer)
	if err != nil {
		return "", err
	}
	naming := rotate.Timed{When: row.When}.Naming(made)
	got := rotate.Expired(naming, filepath.Join("/var/log/x", row.Base), row.Listing, row.BackupCount)
	if !slices.Equal(got, row.Deleted) {
		return "", fmt.Errorf("got %q, want %q", got, row.Deleted)
	}
	return "", nil
}
