package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Open opens the file as Write would, but for rollovers, and writes nothing. It is
// for a record that turns out not to be one, as one that cannot be encoded: with
// Delay, Python's handlers have opened the file by then.
func (f *File) Open() error {
	f.mu.Lock()
	defer f.release()
	return f.ready(noRecord)
}

// openFirst opens the path for Open, which leaves nothing behind if it fails.
func (f *File) openFirst() error {
	_, err := f.sys.lstat(f.path)
	isNew := errors.Is(err, fs.ErrNotExist)
	missing := f.missingDirs()
	if err = f.openFile(f.flag); err == nil {
		// What is only reported later, on the way, is an error here.
		err = errors.Join(f.failed...)
		f.failed, f.stats.Failures = nil, 0
		if err == nil {
			return nil
		}
		err = errors.Join(err, f.closeFile())
	}
	if isNew {
		f.removeEmpty()
	}
	for _, dir := range missing {
		_ = f.sys.rmdir(dir)
	}
	return err
}

// removeEmpty removes a file that was created in vain.
func (f *File) removeEmpty() {
	if fi, err := f.sys.lstat(f.path); err == nil && fi.Mode().IsRegular() && fi.Size() == 0 {
		_ = f.sys.remove(f.path)
	}
}

// openFile opens the path and makes it the file at hand. The one that was is
// not closed.
func (f *File) openFile(flag int) error {
	h, err := f.openPath(flag)
	if f.opts.DirPerm != 0 && errors.Is(err, fs.ErrNotExist) {
		if err := f.makeDirs(); err != nil {
			return err
		}
		h, err = f.openPath(flag)
	}
	if err != nil {
		return err
	}
	fi, err := h.Stat()
	if err != nil {
		return errors.Join(err, h.Close())
	}
	f.take(h, fi)
	return nil
}

// take makes h the file at hand.
func (f *File) take(h handle, fi fs.FileInfo) {
	f.file, f.id, f.regular = h, identityOf(fi), fi.Mode().IsRegular()
	f.state.Size = 0
	if f.regular {
		f.state.Size = fi.Size()
	}
	f.unsynced = unsynced{syncs: f.unsynced.syncs, names: true, from: f.state.Size}
	f.begins()
	f.findTear()
	f.permit(h, fi)
	f.link()
}

// openPath creates a file with no more permissions than it is to have in the
// end.
func (f *File) openPath(flag int) (handle, error) {
	linked := &fs.PathError{Op: "open", Path: f.path, Err: errLink}
	if f.opts.NoFollow && noFollow == 0 && f.isLink() {
		return nil, linked
	}
	perm := f.opts.Perm
	if perm == 0 {
		perm = 0o666
	}
	h, err := f.sys.open(f.path, flag, perm)
	if err != nil && f.opts.NoFollow && f.isLink() {
		return nil, linked // systems differ in what they call it
	}
	return h, err
}

var errLink = errors.New("a symbolic link, which is not followed")

func (f *File) isLink() bool {
	fi, err := f.sys.lstat(f.path)
	return err == nil && fi.Mode()&fs.ModeSymlink != 0
}

// permit gives the file that was opened its permissions.
func (f *File) permit(h handle, fi fs.FileInfo) {
	perm := f.opts.Perm
	if perm == 0 || !fi.Mode().IsRegular() || f.sys.closeFirst || fi.Mode().Perm() == perm {
		return
	}
	if err := h.Chmod(perm); err != nil {
		f.fail(fmt.Errorf("rotate: %w", err))
	}
}

// permitCopy gives what a Mover has made its permissions.
func (f *File) permitCopy(name string) {
	if f.opts.Perm == 0 || f.sys.closeFirst {
		return
	}
	if fi, err := f.sys.lstat(name); err != nil || !fi.Mode().IsRegular() {
		return // a Mover may have taken it elsewhere
	}
	h, err := f.sys.open(name, os.O_RDONLY|noFollow, 0)
	if err != nil {
		f.fail(fmt.Errorf("rotate: %w", err))
		return
	}
	fi, err := h.Stat()
	if err == nil {
		f.permit(h, fi)
	}
	if err = errors.Join(err, h.Close()); err != nil {
		f.fail(fmt.Errorf("rotate: %w", err))
	}
}

// missingDirs returns the directories that makeDirs would make, the lowest
// first.
func (f *File) missingDirs() []string {
	if f.opts.DirPerm == 0 {
		return nil
	}
	var missing []string
	for dir := filepath.Dir(f.path); ; dir = filepath.Dir(dir) {
		if _, err := f.sys.stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return missing
		}
		missing = append(missing, dir)
	}
}

func (f *File) makeDirs() error {
	missing := f.missingDirs()
	for i := len(missing) - 1; i >= 0; i-- {
		if err := f.sys.mkdir(missing[i], f.opts.DirPerm); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if f.opts.Durable || f.opts.SyncInterval > 0 {
			if err := f.sys.syncDir(filepath.Dir(missing[i])); err != nil {
				return err
			}
		}
	}
	return nil
}
