package handlers_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

// Validate says what a constructor would, and leaves the disk alone.
func TestValidate(t *testing.T) {
	type file struct {
		validate func() error
		open     func(path string) (*sluice.Handler, error)
	}
	plain := func(o handlers.FileOptions) file {
		return file{o.Validate, func(p string) (*sluice.Handler, error) { return handlers.NewFile(p, &o) }}
	}
	rotating := func(o handlers.RotatingFileOptions) file {
		return file{o.Validate, func(p string) (*sluice.Handler, error) { return handlers.NewRotatingFile(p, &o) }}
	}
	timed := func(o handlers.TimedRotatingFileOptions) file {
		return file{o.Validate, func(p string) (*sluice.Handler, error) { return handlers.NewTimedRotatingFile(p, &o) }}
	}
	for name, c := range map[string]struct {
		file
		good bool
	}{
		"plain":             {plain(handlers.FileOptions{}), true},
		"plain, mode":       {plain(handlers.FileOptions{Mode: "q"}), false},
		"plain, encoding":   {plain(handlers.FileOptions{Encoding: "utf-9"}), false},
		"rotating":          {rotating(handlers.RotatingFileOptions{MaxBytes: 10, BackupCount: 1}), true},
		"rotating, errors":  {rotating(handlers.RotatingFileOptions{Errors: "forgive"}), false},
		"rotating, maxAge":  {rotating(handlers.RotatingFileOptions{MaxAge: -1}), false},
		"timed":             {timed(handlers.TimedRotatingFileOptions{}), true},
		"timed, when":       {timed(handlers.TimedRotatingFileOptions{When: "W9"}), false},
		"timed, permission": {timed(handlers.TimedRotatingFileOptions{Perm: 0o400}), false},
	} {
		dir := t.TempDir()
		said := c.validate()
		if (said == nil) != c.good {
			t.Errorf("%s: Validate gave %v", name, said)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: Validate left %v (%v)", name, left, err)
		}
		h, err := c.open(filepath.Join(dir, "app.log"))
		if (err == nil) != c.good {
			t.Errorf("%s: the constructor gave %v", name, err)
		}
		if err == nil {
			err = h.Close()
		}
		if c.good && err != nil {
			t.Error(err)
		}
	}
}
