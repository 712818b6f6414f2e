package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice/rotate"
)

type timedSequence struct {
	timedRow
	BackupCount     int `json:"backup_count"`
	Delay           bool
	Namer, Rotator  string
	Start           float64
	Files           map[string]string
	MTimes          map[string]int64
	FirstRolloverAt int64 `json:"first_rollover_at"`
	Ops             []struct {
		Op             string
		At             float64
		Msg, Name, B64 string
		ShouldRollover bool   `json:"should_rollover"`
		RolloverAt     int64  `json:"rollover_at"`
		BaseMTime      *int64 `json:"base_mtime"`
	}
	Final map[string]struct{ B64 string }
}

// rotator returns the Mover that README-files.md names, or nil.
func rotator(name string) (func(source, dest string) error, error) {
	// moved writes source's bytes to dest, if there is a source.
	moved := func(source, dest string, change func([]byte) []byte, finish func() error) error {
		data, err := os.ReadFile(source)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(dest, change(data), 0o666); err != nil {
			return err
		}
		return finish()
	}
	same := func(b []byte) []byte { return b }
	switch name {
	case "default":
		return nil, nil
	case "copytruncate":
		return func(source, dest string) error {
			return moved(source, dest, same, func() error { return os.Truncate(source, 0) })
		}, nil
	case "gzip_less", "upper":
		return func(source, dest string) error {
			return moved(source, dest, upperASCII, func() error { return os.Remove(source) })
		}, nil
	}
	return nil, fmt.Errorf("rotator %q is not known", name)
}

// upperASCII changes the bytes a to z only: what else is there is in any encoding.
func upperASCII(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - ('a' - 'A')
		}
	}
	return b
}

// runTimedSequence drives a rotate.File on a real directory at the row's times.
func runTimedSequence(t *testing.T, data []byte) (string, error) {
	var row timedSequence
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	// The bubble's clock can only go on from 2000.
	var failed error
	synctest.Test(t, func(t *testing.T) { failed = row.run(t.TempDir()) })
	return "", failed
}

// run must be called in a bubble.
func (row *timedSequence) run(dir string) error {
	p, err := row.policy()
	if err != nil {
		return err
	}
	o := &rotate.Options{Policy: p, Retention: rotate.Keep{Backups: row.BackupCount}, Delay: row.Delay}
	if o.Namer, err = namer(row.Namer); err != nil {
		return err
	}
	if o.Mover, err = rotator(row.Rotator); err != nil {
		return err
	}
	var reported []error
	o.OnError = func(err error) { reported = append(reported, err) }
	for name, b64 := range row.Files {
		if err := create(dir, name, b64); err != nil {
			return err
		}
	}
	for name, s := range row.MTimes {
		if err := os.Chtimes(filepath.Join(dir, name), time.Time{}, time.Unix(s, 0)); err != nil {
			return err
		}
	}
	base := filepath.Join(dir, "app.log")
	time.Sleep(time.Until(epoch(row.Start)))
	f, err := rotate.Open(base, o)
	if err != nil {
		return err
	}
	defer func() { f.Close() }()
	if got := f.Stats().Next.Unix(); got != row.FirstRolloverAt {
		return fmt.Errorf("first_rollover_at: got %d, want %d", got, row.FirstRolloverAt)
	}
	for i, op := range row.Ops {
		if op.Op == "create" {
			if err := create(dir, op.Name, op.B64); err != nil {
				return err
			}
			continue
		}
		time.Sleep(time.Until(epoch(op.At)))
		switch op.Op {
		case "emit":
			rolls := f.Stats().Rolls
			if _, err := f.Write([]byte(op.Msg + "\n")); err != nil {
				return fmt.Errorf("op %d: %w", i, err)
			}
			if rolled := f.Stats().Rolls > rolls; rolled != op.ShouldRollover {
				return fmt.Errorf("op %d: rolled %t, want %t (%v)", i, rolled, op.ShouldRollover, reported)
			}
		case "restart":
			if err := f.Close(); err != nil {
				return err
			}
			if op.BaseMTime != nil {
				if err := os.Chtimes(base, time.Time{}, time.Unix(*op.BaseMTime, 0)); err != nil {
					return err
				}
			}
			if f, err = rotate.Open(base, o); err != nil {
				return err
			}
		default:
			return fmt.Errorf("op %d: %q is not known", i, op.Op)
		}
		if got := f.Stats().Next.Unix(); got != op.RolloverAt {
			return fmt.Errorf("op %d: rollover_at: got %d, want %d", i, got, op.RolloverAt)
		}
	}
	if err := f.Close(); err != nil {
		return err
	}
	if len(reported) > 0 {
		return fmt.Errorf("reported: %v", reported)
	}
	want := map[string]string{}
	for name, file := range row.Final {
		content, err := base64.StdEncoding.DecodeString(file.B64)
		if err != nil {
			return err
		}
		want[name] = string(content)
	}
	return sameFiles(dir, want)
}

func create(dir, name, b64 string) error {
	content, err := base64.StdEncoding.DecodeString(b64)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), content, 0o666)
}

// sameFiles compares the files of dir with want, name to content.
func sameFiles(dir string, want map[string]string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if w, ok := want[e.Name()]; !ok {
			errs = append(errs, fmt.Errorf("%s should not be there: %q", e.Name(), content))
		} else if w != string(content) {
			errs = append(errs, fmt.Errorf("%s: got %q, want %q", e.Name(), content, w))
		}
	}
	for name := range want {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
