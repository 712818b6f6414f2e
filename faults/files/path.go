package files

import (
	"os"
	"path/filepath"
)

// mkdir makes the directory that a file at path needs.
func mkdir(path string) error { return os.MkdirAll(filepath.Dir(path), 0o755) }
