package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tidy finishes or takes back what a process has left undone that was killed: in
// a rollover, or while it compressed. What cannot be mended is reported with the
// first record, and left.
func (f *File) tidy() {
	if f.names == nil {
		return
	}
	dir := filepath.Dir(f.path)
	names, err := f.sys.list(dir)
	if f.opts.Compress != nil {
		f.exts = extensions()
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			f.fail(fmt.Errorf("rotate: %w", err))
		}
		return
	}
	slices.Sort(names)
	if f.opts.Compress != nil {
		f.findExtensions(names)
	}
	report := func(err error) {
		if err != nil {
			f.fail(fmt.Errorf("rotate: mend %s: %w", f.path, err))
		}
	}
	aside := map[string][]string{} // files put aside, by what was their backup's name
	for _, name := range names {
		path := filepath.Join(dir, name)
		if path == f.archiveName() {
			report(f.removeHalf(path))
			continue
		}
		if path == f.nextName() {
			report(f.removeNext(path))
			continue
		}
		inner, ok := strings.CutSuffix(strings.TrimPrefix(name, "."), ".sluice")
		if !ok {
			continue
		}
		if plain, _, ok := f.backupName(inner); ok && "."+inner+".sluice" == name {
			aside[plain] = append(aside[plain], path)
		}
	}
	for plain, files := range aside {
		report(f.takeBack(plain, files))
	}
	if f.opts.Compress != nil {
		report(f.findJobs())
	}
}

// removeHalf removes an archive that was not finished.
func (f *File) removeHalf(path string) error {
	fi, err := f.sys.lstat(path)
	switch {
	case err != nil:
		return err
	case !fi.Mode().IsRegular():
		return foreign(path, fi)
	}
	if f.sharing != nil {
		h, err := f.sys.open(path, os.O_RDWR|noFollow, 0)
		if err != nil {
			return err
		}
		defer func() { _ = h.Close() }()
		switch err := h.Lock(false); {
		case errors.Is(err, errLocked):
			return nil // another process is just making it
		case err != nil:
			return err
		}
	}
	return f.sys.remove(path)
}

// takeBack gives files that were put aside their backup's name again if the
// rollover was not finished, or removes them if it was: then all the names before
// it are taken.
func (f *File) takeBack(plain string, files []string) error {
	dir := filepath.Dir(f.path)
	to := filepath.Join(dir, plain)
	room, err := f.makeRoom(to)
	for _, file := range files {
		if err != nil {
			break
		}
		back := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "."), ".sluice")
		switch {
		case room:
			err = f.moveBack(file, filepath.Join(dir, back))
		case f.sidecar().bad || f.sidecar().newer:
			err = fmt.Errorf("%s is left: it may be a backup", file)
		default:
			err = f.expire(file)
		}
	}
	return err
}

// makeRoom frees the name of a backup by moving those before it down, as far as
// there is a gap.
func (f *File) makeRoom(to string) (bool, error) {
	name := func(n int) string { return f.named(f.path + "." + strconv.Itoa(n)) }
	last := 0
	if _, numbered := f.names.(Numbered); numbered {
		for _, n := range numbersIn(filepath.Base(to), numberDigits) {
			if filepath.Base(name(n)) == filepath.Base(to) {
				last = n
			}
		}
	}
	if !f.there(to) {
		return true, nil
	}
	gap := last - 1
	for gap >= 1 && f.there(name(gap)) {
		gap--
	}
	if gap < 1 {
		return false, nil
	}
	for n := gap + 1; n <= last; n++ {
		for _, file := range f.files(name(n)) {
			if err := f.moveBack(file, name(n-1)+strings.TrimPrefix(file, name(n))); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// there reports whether there is such a backup, compressed or not. What cannot be
// told is there.
func (f *File) there(name string) bool {
	for _, ext := range append([]string{""}, f.exts...) {
		if _, err := f.sys.lstat(name + ext); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

func (f *File) moveBack(from, to string) error {
	r := rollover{f: f}
	return r.rename(from, to)
}

// findJobs finds the backups that were not compressed.
func (f *File) findJobs() error {
	found, err := f.backups(false)
	for _, b := range found {
		for _, path := range b.paths {
			if fi, err := f.sys.lstat(path); err == nil && fi.Mode().IsRegular() && !f.isArchive(path) {
				f.jobs = append(f.jobs, &job{path: path, id: identityOf(fi), made: fi.ModTime()})
			}
		}
	}
	return err
}

func (f *File) isArchive(path string) bool {
	name := filepath.Base(path)
	plain, _, ok := f.backupName(name)
	return ok && plain != name
}
