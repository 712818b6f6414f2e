package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// rollover carries out the moves of a plan, and can take them back.
type rollover struct {
	f     *File
	file  fs.FileInfo // as it was before; nil: others had removed it
	done  []step
	aside []string               // what is to be removed in the end
	found map[string]fs.FileInfo // what the plan has seen
	files map[string][]string    // of the backups that the plan has asked for, by name
}

// step is a move that was made. Only is the file that was moved, if another may
// be there now.
type step struct {
	from, to string
	only     fs.FileInfo
}

func (r *rollover) all(moves []Move) error {
	var err error
	if r.file, err = r.f.sys.lstat(r.f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if r.file != nil && r.file.Mode()&fs.ModeSymlink != 0 {
		// handlers.py asks os.path.exists: a link whose file others have removed stays,
		// and the new file is where the old one was.
		if _, err := r.f.sys.stat(r.f.path); errors.Is(err, fs.ErrNotExist) {
			r.file = nil
		}
	}
	for _, v := range moves {
		from, to := r.f.named(v.From), r.f.named(v.To)
		var err error
		switch {
		case v.To == "":
			for _, file := range r.filesOf(from) {
				err = errors.Join(err, r.putAside(file))
			}
		case v.From == r.f.path:
			err = r.moveFile(from, to)
		default:
			for _, file := range r.filesOf(from) {
				err = errors.Join(err, r.rename(file, to+strings.TrimPrefix(file, from)))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// filesOf spares asking again: each question is a system call, and the Write that
// rolls over waits for it.
func (r *rollover) filesOf(name string) []string {
	if files := r.files[name]; len(files) > 0 {
		return files
	}
	return r.f.files(name)
}

// putAside gives the file a name to be removed under: removed at once it could
// not be put back.
func (r *rollover) putAside(name string) error {
	fi, err := r.f.sys.lstat(name)
	if err != nil {
		return err
	}
	if fi.IsDir() {
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.EISDIR}
	}
	if r.file != nil && identityOf(fi).same(identityOf(r.file)) {
		// A Namer has given a backup the file's own name.
		return &os.LinkError{Op: "rename", Old: r.f.path, New: name, Err: fs.ErrExist}
	}
	aside := asideName(name)
	if err := r.f.sys.rename(name, aside); err != nil {
		return err
	}
	r.done = append(r.done, step{from: name, to: aside})
	r.aside = append(r.aside, aside)
	return nil
}

func (r *rollover) rename(from, to string) error {
	if err := r.free(from, to); err != nil {
		return err
	}
	if err := r.f.sys.rename(from, to); err != nil {
		return err
	}
	r.done = append(r.done, step{from: from, to: to})
	return nil
}

// free refuses to replace what is at to.
func (r *rollover) free(from, to string) error {
	if _, err := r.f.sys.lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return nil
}

// moveFile moves the file itself.
func (r *rollover) moveFile(from, to string) error {
	if r.f.opts.Mover == nil {
		if r.file == nil {
			return nil
		}
		return r.rename(from, to)
	}
	if err := r.free(from, to); err != nil {
		return err
	}
	was, statErr := r.f.sys.stat(from)
	if err := r.f.opts.Mover(from, to); err != nil {
		is, err2 := r.f.sys.stat(from)
		if statErr == nil && err2 == nil && identityOf(is).same(identityOf(was)) && is.Size() == was.Size() {
			// Half a copy would count as a backup, and the next try make another one.
			if _, err := r.f.sys.lstat(to); err == nil {
				_ = r.f.sys.remove(to)
			}
		}
		return fmt.Errorf("move %s to %s: %w", from, to, err)
	}
	r.f.permitCopy(to)
	if statErr == nil {
		r.done = append(r.done, step{from: from, to: to, only: was})
	}
	return nil
}

// undo takes the moves back, the last first, and adds to err what cannot be.
func (r *rollover) undo(err error) error {
	for i := len(r.done) - 1; i >= 0; i-- {
		s := r.done[i]
		if s.only != nil {
			if is, err := r.f.sys.stat(s.to); err != nil || !identityOf(is).same(identityOf(s.only)) {
				continue // copied or compressed: the Mover's work stays
			}
		}
		if s.from == r.f.path {
			r.f.removeEmpty() // what was opened in its place, and could not be used
		}
		back := rollover{f: r.f}
		if err2 := back.rename(s.to, s.from); err2 != nil {
			err = fmt.Errorf("%w; taking it back: %w", err, err2)
		}
	}
	return err
}
