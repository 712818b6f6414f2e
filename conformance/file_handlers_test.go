package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

type fileRow struct {
	Class     string `json:"cls"`
	Mode      string
	Delay     bool
	Files     map[string]string
	Exists    bool   `json:"exists_after_ctor"`
	CtorError string `json:"ctor_error"`
	Ops       []struct {
		Op, Msg, Name, From, To, B64 string

		Errors []string
		Raised string
	}
	Final map[string]entry
}

// runFileHandlers drives a FileHandler or WatchedFileHandler while others change
// its directory.
func runFileHandlers(t *testing.T, row []byte) (string, error) {
	var r fileRow
	if err := json.Unmarshal(row, &r); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		return "", err
	}
	if err := layOut(dir, r.Files, nil, nil); err != nil {
		return "", err
	}
	var reported []string
	h, err := r.open(filepath.Join(dir, "app.log"), func(_ context.Context, _ *sluice.Record, err error) {
		reported = append(reported, pythonError(err))
	})
	if got := pythonError(err); got != r.CtorError {
		return "", fmt.Errorf("constructor gave %q, want %q", got, r.CtorError)
	}
	if err != nil {
		return "", compareDir(dir, r.Final)
	}
	defer h.Close()
	if _, err := os.Lstat(filepath.Join(dir, "app.log")); (err == nil) != r.Exists {
		return "", fmt.Errorf("after the constructor: %v, want there to be a file: %t", err, r.Exists)
	}
	for i, op := range r.Ops {
		reported = nil
		path := filepath.Join(dir, op.Name)
		var err error
		switch op.Op {
		case "emit":
			_ = h.Emit(context.Background(), &sluice.Record{Level: sluice.Info, Message: op.Msg})
			// What Python raises to the caller is reported here as everything else
			// is: there is one way for an error to go.
			want := op.Errors
			if op.Raised != "" {
				want = append(want, op.Raised)
			}
			if strings.Join(reported, " ") != strings.Join(want, " ") {
				err = fmt.Errorf("reported %q, want %q", reported, want)
			}
		case "flush":
			err = h.Flush(context.Background())
		case "close":
			err = h.Close()
		case "reopen_if_needed":
			if raised := handlers.File(h).Reopen(); pythonError(raised) != op.Raised {
				err = fmt.Errorf("gave %v, want %q", raised, op.Raised)
			}
		case "rename":
			err = os.Rename(filepath.Join(dir, op.From), filepath.Join(dir, op.To))
		case "unlink":
			err = os.Remove(path)
		case "truncate":
			err = os.Truncate(path, 0)
		case "create":
			err = create(dir, op.Name, op.B64)
		case "mkdir":
			err = os.Mkdir(path, 0o777)
		default:
			err = fmt.Errorf("unknown op")
		}
		if err != nil {
			return "", fmt.Errorf("op %d: %s %s: %w", i, op.Op, op.Name, err)
		}
	}
	return "", compareDir(dir, r.Final)
}

func (r *fileRow) open(path string, onError sluice.ErrorFunc) (*sluice.Handler, error) {
	f, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		return nil, err
	}
	o := &handlers.FileOptions{
		Mode: r.Mode, Delay: r.Delay, Encoding: "utf-8",
		Options: handlers.Options{Level: sluice.NotSet, Formatter: f, OnError: onError},
	}
	switch r.Class {
	case "FileHandler":
		return handlers.NewFile(path, o)
	case "WatchedFileHandler":
		return handlers.NewWatchedFile(path, o)
	}
	return nil, fmt.Errorf("unknown class %q", r.Class)
}
