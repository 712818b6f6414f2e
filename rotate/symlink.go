package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// link makes Options.Symlink lead to the file. A link that cannot be made costs
// no record.
func (f *File) link() {
	if f.opts.Symlink == "" {
		return
	}
	if err := f.relink(f.opts.Symlink); err != nil {
		f.fail(fmt.Errorf("rotate: link %s to %s: %w", f.opts.Symlink, f.path, err))
	}
}

func (f *File) relink(name string) error {
	target := f.path
	if filepath.Dir(name) == filepath.Dir(f.path) {
		target = filepath.Base(f.path) // so that the directory can be moved
	}
	fi, err := f.sys.lstat(name)
	switch {
	case err == nil && fi.Mode()&fs.ModeSymlink == 0:
		return &os.LinkError{Op: "symlink", Old: target, New: name, Err: fs.ErrExist}
	case err == nil:
		if now, err := f.sys.readlink(name); err == nil && now == target {
			return nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	aside := asideName(name)
	err = f.sys.symlink(target, aside)
	if errors.Is(err, fs.ErrExist) {
		// A process that was killed between the two steps has left it. Only a
		// link is taken for such a one.
		if fi, err := f.sys.lstat(aside); err == nil && fi.Mode()&fs.ModeSymlink == 0 {
			return &os.LinkError{Op: "symlink", Old: target, New: aside, Err: fs.ErrExist}
		}
		if err := f.sys.remove(aside); err != nil {
			return err
		}
		err = f.sys.symlink(target, aside)
	}
	if err != nil {
		return err
	}
	if err := f.sys.rename(aside, name); err != nil {
		return errors.Join(err, f.sys.remove(aside))
	}
	return nil
}

// asideName is the name that something has on its way to name, or from it: one
// that name* does not match.
func asideName(name string) string {
	return filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".sluice")
}
