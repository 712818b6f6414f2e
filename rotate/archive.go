package rotate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// findExtensions finds out which endings the backups' files may have: that of the
// archives to come, and those of other formats that are there. To look for a file
// in vain costs each rollover a system call.
func (f *File) findExtensions(names []string) {
	own := f.opts.Compress.extension
	f.exts = []string{own}
	for _, ext := range extensions() {
		there := func(name string) bool {
			name = strings.TrimSuffix(strings.TrimPrefix(name, "."), ".sluice") // perhaps put aside
			plain, ok := strings.CutSuffix(name, ext)
			if ok {
				_, ok = f.names.Backup(f.path, plain)
			}
			return ok
		}
		if ext != own && slices.ContainsFunc(names, there) {
			f.exts = append(f.exts, ext)
		}
	}
}

// archiveName is where an archive is made. There is one worker, so there is one.
func (f *File) archiveName() string { return asideName(f.path + ".archive") }

// errChanged: somebody still writes to a backup.
var errChanged = errors.New("it was written to while it was compressed")

// compress replaces the job's backup by an archive, in steps of which each leaves
// the backup whole on the disk: the archive is made under another name and
// synced, renamed, the directory synced, and only then the backup is unlinked. A
// rollover may rename the backup meanwhile, or remove it; none waits for more
// than a rename.
func (f *File) compress(j *job) error {
	if err := f.lockNames(j); err != nil {
		return err
	}
	src, err := f.sys.open(j.path, os.O_RDONLY|noFollow, 0)
	f.unlockNames()
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // somebody has removed it
		}
		return err
	}
	return f.compressFrom(j, src)
}

// compressFrom compresses the backup that src is, and closes src.
func (f *File) compressFrom(j *job, src handle) (err error) {
	open := true
	closeSource := func() error {
		if !open {
			return nil
		}
		open = false
		return src.Close()
	}
	defer func() { err = errors.Join(err, closeSource()) }()
	// On Windows the name of a file that is open stays for a while when it is
	// removed. Elsewhere the space of one that is open is given back later, without
	// the lock.
	closeFirst := func() error {
		if !f.sys.closeFirst {
			return nil
		}
		return closeSource()
	}
	before, err := src.Stat()
	if err != nil {
		return err
	}
	if !before.Mode().IsRegular() {
		return &fs.PathError{Op: "compress", Path: j.path, Err: fs.ErrInvalid}
	}
	done, err := f.compressed(j, src)
	if err != nil || done {
		return f.unlinkSource(j, before, errors.Join(err, closeFirst()))
	}
	tmp := f.archiveName()
	perm := f.opts.Perm
	if perm == 0 {
		perm = before.Mode().Perm()
	}
	dst, err := f.createArchive(j, tmp, perm)
	if err != nil || dst == nil {
		return err // it is not ours to remove
	}
	err = f.fill(dst, src, before, perm)
	if f.sharing == nil {
		err = errors.Join(err, dst.Close())
	} else {
		defer func() { _ = dst.Close() }() // it is synced; its lock says that we are at it
	}
	if err == nil {
		err = f.placeArchive(j, tmp, before)
	}
	if err != nil {
		return errors.Join(err, f.removeTemp(tmp))
	}
	return f.unlinkSource(j, before, closeFirst())
}

func (f *File) removeTemp(name string) error {
	if err := f.sys.remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// compressed reports whether there is an archive of the job's backup already,
// from a process that was killed before it could remove the backup.
func (f *File) compressed(j *job, src handle) (bool, error) {
	if err := f.lockNames(j); err != nil {
		return false, err
	}
	name := j.path + f.opts.Compress.extension
	fi, err := f.sys.lstat(name)
	var archive handle
	if err == nil && fi.Mode().IsRegular() {
		archive, err = f.sys.open(name, os.O_RDONLY|noFollow, 0)
	}
	f.unlockNames()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	same := false
	if err == nil && archive != nil {
		same, err = f.opts.Compress.holds(bufio.NewReader(archive), src)
		err = errors.Join(err, archive.Close())
	}
	if err == nil && !same {
		err = &os.LinkError{Op: "compress", Old: j.path, New: name, Err: fs.ErrExist}
	}
	return same, err
}

// fill makes the archive in dst and puts it on the disk.
func (f *File) fill(dst, src handle, from fs.FileInfo, perm fs.FileMode) error {
	out := bufio.NewWriterSize(dst, 64<<10)
	z, err := f.opts.Compress.writer(out)
	if err != nil {
		return err
	}
	n, err := io.Copy(z, src)
	if err = errors.Join(err, z.Close()); err != nil {
		return err
	}
	if n != from.Size() {
		return &fs.PathError{Op: "compress", Path: from.Name(), Err: errChanged}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if !f.sys.closeFirst {
		if err := dst.Chmod(perm); err != nil {
			return err
		}
	}
	if err := dst.SetModTime(from.ModTime()); err != nil {
		return err // MaxAge would count from now
	}
	return dst.Sync()
}

// placeArchive gives the archive its name beside the backup.
func (f *File) placeArchive(j *job, tmp string, before fs.FileInfo) error {
	if err := f.lockNames(j); err != nil {
		return err
	}
	defer f.unlockNames()
	if j.gone {
		return f.sys.remove(tmp)
	}
	if err := f.unchanged(j, before); err != nil {
		return err
	}
	name := j.path + f.opts.Compress.extension
	if _, err := f.sys.lstat(name); err == nil {
		return &os.LinkError{Op: "rename", Old: tmp, New: name, Err: fs.ErrExist}
	}
	return f.sys.rename(tmp, name)
}

func (f *File) unchanged(j *job, before fs.FileInfo) error {
	fi, err := f.sys.lstat(j.path)
	if err != nil {
		return err
	}
	if !identityOf(fi).same(identityOf(before)) || fi.Size() != before.Size() {
		return &fs.PathError{Op: "compress", Path: j.path, Err: errChanged}
	}
	return nil
}

// unlinkSource removes the backup whose archive is in its place, unless that has
// failed.
func (f *File) unlinkSource(j *job, before fs.FileInfo, err error) error {
	if err != nil {
		return err
	}
	// Not under the lock: it takes the disk milliseconds.
	if err := f.sys.syncDir(filepath.Dir(f.path)); err != nil {
		return err
	}
	if err := f.lockNames(j); err != nil {
		return err
	}
	defer f.unlockNames()
	if j.gone {
		return nil
	}
	if err := f.unchanged(j, before); err != nil {
		return errors.Join(err, f.sys.remove(j.path+f.opts.Compress.extension))
	}
	if err := f.sys.remove(j.path); err != nil {
		return err
	}
	j.path += f.opts.Compress.extension
	j.small = true
	f.stats.Compressed++
	return nil
}

// files returns the files of a backup: as it is, compressed, or for a moment
// both. If there is none it returns the name itself.
func (f *File) files(name string) []string {
	if len(f.exts) == 0 {
		return []string{name}
	}
	var files []string
	for _, ext := range append([]string{""}, f.exts...) {
		if _, err := f.sys.lstat(name + ext); err == nil {
			files = append(files, name+ext)
		}
	}
	if files == nil {
		return []string{name}
	}
	return files
}

// backupName returns the name that a backup's file had before it was compressed.
func (f *File) backupName(file string) (name, order string, ok bool) {
	if order, ok := f.names.Backup(f.path, file); ok {
		return file, order, true
	}
	for _, ext := range f.exts {
		name, found := strings.CutSuffix(file, ext)
		if !found {
			continue
		}
		if order, ok := f.names.Backup(f.path, name); ok {
			return name, order, true
		}
	}
	return "", "", false
}

// foreign says that there is something at an archive's name that is none.
func foreign(name string, fi fs.FileInfo) error {
	return fmt.Errorf("rotate: %s is not an archive but %v", name, fi.Mode().Type())
}
