package queues

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
)

//go:embed queue.py
var pythonScript string

// python is CPython's QueueHandler and QueueListener in the same scene.
func python(mode, variant string) fault.Peer {
	return fault.Peer{
		Name: "CPython", As: "QueueHandler", Needs: []inject.Need{inject.Python()},
		Run: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			return runPython(ctx, e, mode, variant)
		},
	}
}

// runPython counts for each destination what it was handed of what the logging calls
// took without a word.
func runPython(ctx context.Context, e *fault.Env, mode, variant string) (res balance.Result, err error) {
	n := e.Of(20_000, 2_000)
	var lines []byte
	for seq := range n {
		lines = balance.AppendLine(lines, balance.ID{Seq: seq}, lineSize)
	}
	if err := os.WriteFile(filepath.Join(e.Dir, "lines"), lines, 0o666); err != nil {
		return res, err
	}
	cmd := exec.CommandContext(ctx, "python3", "-c", pythonScript, mode, variant, e.Dir)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return res, err
	}
	var said struct {
		Taken int
		Notes []string
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return res, fmt.Errorf("python3 printed %q: %w", out, err)
	}
	files, err := filepath.Glob(filepath.Join(e.Dir, "found.*"))
	if err != nil {
		return res, err
	}
	for _, name := range files {
		if len(files) > 1 && strings.HasSuffix(name, ".0") {
			continue // the bad one: the others are asked about
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return res, err
		}
		var ledger balance.Ledger
		for seq := range said.Taken {
			ledger.Accept(balance.ID{Seq: seq})
		}
		for line := range bytes.Lines(text) {
			ledger.Found(bytes.TrimSuffix(line, []byte("\n")))
		}
		res.Add(ledger.Balance(balance.Counters{}))
	}
	res.Runs, res.Notes = 1, said.Notes
	return res, nil
}
