package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

type levelNamesRow struct {
	Ops []struct {
		Op        string
		Arg       pythonValue
		Level     sluice.Level
		Name      string
		LevelName string
		Result    pythonValue
		Error     *struct{ Type, Message string }
	}
}

func runLevelNames(_ *testing.T, row []byte) (string, error) {
	var r levelNamesRow
	if err := json.Unmarshal(row, &r); err != nil {
		return "", err
	}
	var names sluice.LevelNames
	for i, op := range r.Ops {
		var got, want any
		switch op.Op {
		case "addLevelName":
			names.Add(op.Level, op.Name)
		case "record":
			got, want = names.Name(op.Level), op.LevelName
		case "getLevelNamesMapping":
			mapping := map[string]any{}
			for name, l := range names.Mapping() {
				mapping[name] = int64(l)
			}
			expect := map[string]any{}
			for _, p := range op.Result.dict().Pairs {
				expect[p.Key.(string)] = p.Value
			}
			if !maps.Equal(mapping, expect) {
				return "", fmt.Errorf("op %d: mapping %v, want %v", i, mapping, expect)
			}
		case "getLevelName":
			got, want = levelName(&names, op.Arg.v), op.Result.v
		case "setLevel":
			l, err := names.Check(op.Arg.v)
			switch {
			case op.Error != nil && (err == nil || err.Error() != lowerFirst(op.Error.Message)):
				return "", fmt.Errorf("op %d: %v gave %d, %v, want %s", i, op.Arg.v, int(l), err, op.Error.Message)
			case op.Error == nil && err != nil:
				return "", fmt.Errorf("op %d: %v gave %w", i, op.Arg.v, err)
			case op.Error == nil:
				got, want = l, op.Level
			}
		default:
			return "", fmt.Errorf("op %d: %s is not known", i, op.Op)
		}
		if got != want {
			return "", fmt.Errorf("op %d: %s %v gave %v, want %v", i, op.Op, op.Arg.v, got, want)
		}
	}
	return "", nil
}

// levelName is Python's getLevelName, which goes both ways, out of the two
// methods that go one way each.
func levelName(names *sluice.LevelNames, arg any) any {
	switch arg := arg.(type) {
	case int64:
		return names.Name(sluice.Level(arg))
	case string:
		if l, err := names.Parse(arg); err == nil {
			return int64(l)
		}
	}
	return "Level " + pyval.Str(arg)
}

// lowerFirst is the text of an error as Go writes it.
func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
