package files

import (
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/faults/writer"
)

// logDir is where the contender writes, and nothing else is.
func logDir(s writer.Spec) string { return filepath.Dir(s.Path) }

// mkdir makes the directory that a file at path needs.
func mkdir(path string) error { return os.MkdirAll(filepath.Dir(path), 0o755) }
