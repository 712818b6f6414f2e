package inject

import (
	"io/fs"
	"os"
	"path/filepath"
)

// RemoveAll removes dir, also what is in directories that must not be written to.
func RemoveAll(dir string) error {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
