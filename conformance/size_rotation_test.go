package conformance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"syscall"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/charset/charname"
	"github.com/sluicelog/sluice/handlers"
	"github.com/sluicelog/sluice/rotate"
)

type sizeRow struct {
	ID          string
	Base        string
	MaxBytes    int64 `json:"max_bytes"`
	BackupCount int   `json:"backup_count"`
	Mode        string
	Encoding    string
	Errors      *string
	Delay       bool
	Terminator  string
	Fmt         *string
	Namer       string
	Rotator     string
	Files       map[string]string
	Dirs        []string
	Links       map[string]string
	CtorError   *struct{ Type string } `json:"ctor_error"`
	AfterCtor   []string               `json:"after_ctor"`
	Ops         []struct {
		Op, Msg, Name string
		Errors        []string
		Error         json.RawMessage
	}
	Final map[string]entry
}

// entry is a directory's entry in a row's snapshot.
type entry struct {
	B64  *string `json:"b64"`
	Link string  `json:"link"`
	Dir  bool    `json:"dir"`
}

var errRotator = errors.New("the rotator of the row fails")

// runSizeRotation drives a RotatingFileHandler on a real directory.
func runSizeRotation(t *testing.T, row []byte) (string, error) {
	var r sizeRow
	if err := json.Unmarshal(row, &r); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		return "", err
	}
	if err := layOut(dir, r.Files, r.Dirs, r.Links); err != nil {
		return "", err
	}
	run := &sizeRun{row: &r, path: filepath.Join(dir, r.Base)}
	defer run.close()
	if err := run.open(); (err != nil) != (r.CtorError != nil) {
		return "", fmt.Errorf("constructor gave %v, want %v", err, r.CtorError)
	} else if err != nil && pythonError(err) != r.CtorError.Type {
		return "", fmt.Errorf("constructor gave %s (%v), want %s", pythonError(err), err, r.CtorError.Type)
	}
	if got, want := names(dir), r.AfterCtor; run.h != nil && !reflect.DeepEqual(got, sorted(want)) {
		return "", fmt.Errorf("after the constructor there are %q, want %q", got, want)
	}
	for i, op := range r.Ops {
		run.reported = nil
		var raised error
		switch op.Op {
		case "emit":
			if run.h == nil {
				return "", fmt.Errorf("op %d: there is no handler to emit to", i)
			}
			_ = run.h.Emit(context.Background(), &sluice.Record{
				Level: sluice.Info, Name: "svc", Message: op.Msg, Source: &slog.Source{Line: 7},
			})
			if got := run.reported; strings.Join(got, " ") != strings.Join(op.Errors, " ") {
				return "", fmt.Errorf("op %d: emit of %.40q reported %q, want %q", i, op.Msg, got, op.Errors)
			}
			continue
		case "close":
			run.close()
		case "flush":
			if run.h != nil {
				raised = run.h.Flush(context.Background())
			}
		case "do_rollover":
			raised = handlers.File(run.h).Roll()
		case "restart":
			run.close()
			raised = run.open()
		case "unlink":
			if err := os.Remove(filepath.Join(dir, op.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		default:
			return "", fmt.Errorf("op %d: unknown op %q", i, op.Op)
		}
		if want := errorType(op.Error); pythonError(raised) != want {
			return "", fmt.Errorf("op %d: %s gave %v, want %q", i, op.Op, raised, want)
		}
	}
	run.close()
	return "", compareDir(dir, r.Final)
}

type sizeRun struct {
	row      *sizeRow
	path     string
	h        *sluice.Handler
	reported []string
}

func (s *sizeRun) open() error {
	r := s.row
	format := "%(message)s"
	if r.Fmt != nil {
		format = *r.Fmt
	}
	f, err := sluice.NewFormatter(format, nil)
	if err != nil {
		return err
	}
	name, err := namer(r.Namer)
	if err != nil {
		return err
	}
	move, err := sizeRotator(r.Rotator)
	if err != nil {
		return err
	}
	policy := ""
	if r.Errors != nil {
		policy = *r.Errors
	}
	s.h, err = handlers.NewRotatingFile(s.path, &handlers.RotatingFileOptions{
		Encoding:    r.Encoding,
		Errors:      policy,
		CharName:    charname.Of,
		Mode:        r.Mode,
		MaxBytes:    r.MaxBytes,
		BackupCount: r.BackupCount,
		Delay:       r.Delay,
		Namer:       name,
		Rotator:     move,
		Options: handlers.Options{
			Level:      sluice.NotSet,
			Formatter:  f,
			Terminator: &r.Terminator,
			OnError: func(_ context.Context, _ *sluice.Record, err error) {
				s.reported = append(s.reported, pythonError(err))
			},
		},
	})
	return err
}

// sizeRotator gives the rotators of README-files.md.
func sizeRotator(name string) (func(source, dest string) error, error) {
	switch name {
	case "noop":
		return func(string, string) error { return nil }, nil
	case "fail":
		return func(string, string) error { return errRotator }, nil
	case "upper":
		return rotator("gzip_less")
	}
	return rotator(name)
}

func (s *sizeRun) close() {
	if s.h != nil {
		_ = s.h.Close()
	}
}

// errorType reads an op's error: absent, null, a name or {"type": name}.
func errorType(raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name
	}
	var typed struct{ Type string }
	_ = json.Unmarshal(raw, &typed)
	return typed.Type
}

// pythonError gives the name of the exception that CPython has for err.
func pythonError(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, sluice.ErrClosed), errors.Is(err, rotate.ErrClosed):
		return "ErrClosed"
	case errors.As(err, new(*charset.EncodeError)):
		return "UnicodeEncodeError"
	case errors.Is(err, errRotator):
		return "RuntimeError"
	case errors.Is(err, fs.ErrNotExist):
		return "FileNotFoundError"
	case errors.Is(err, fs.ErrExist):
		return "FileExistsError"
	case errors.Is(err, syscall.EISDIR):
		return "IsADirectoryError"
	case errors.Is(err, syscall.ENOTDIR):
		return "NotADirectoryError"
	}
	return err.Error()
}

func layOut(dir string, files map[string]string, dirs []string, links map[string]string) error {
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	for name, b64 := range files {
		data, err := base64.StdEncoding.DecodeString(b64)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func names(dir string) []string {
	entries, _ := os.ReadDir(dir)
	ns := []string{}
	for _, e := range entries {
		ns = append(ns, e.Name())
	}
	return sorted(ns)
}

func sorted(s []string) []string {
	s = append([]string{}, s...)
	sort.Strings(s)
	return s
}

func compareDir(dir string, want map[string]entry) error {
	var wanted []string
	for name := range want {
		wanted = append(wanted, name)
	}
	if got := names(dir); !reflect.DeepEqual(got, sorted(wanted)) {
		return fmt.Errorf("in the end there are %q, want %q", got, sorted(wanted))
	}
	for name, e := range want {
		path := filepath.Join(dir, name)
		switch {
		case e.Link != "":
			if got, err := os.Readlink(path); err != nil || got != e.Link {
				return fmt.Errorf("%s links to %q (%v), want %q", name, got, err, e.Link)
			}
		case e.B64 != nil:
			got, err := os.ReadFile(path)
			data, bad := base64.StdEncoding.DecodeString(*e.B64)
			if err = errors.Join(err, bad); err != nil || string(got) != string(data) {
				return fmt.Errorf("%s holds %q (%v), want %q", name, got, err, data)
			}
		default:
			if st, err := os.Lstat(path); err != nil || !st.IsDir() {
				return fmt.Errorf("%s is no directory (%v)", name, err)
			}
		}
	}
	return nil
}
