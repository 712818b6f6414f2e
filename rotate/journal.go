package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// intended is a step of a rollover as a note has it: the file of an identity is to
// get another name, or to go if that is empty. Paths are as relative gives them.
type intended struct{ id, from, to string }

// journal writes down what the rollover is going to do, so that whoever opens the
// file next can finish it. A single rename needs no journal. One that cannot be
// written keeps no rollover back: on a full disk that is what makes room.
func (r *rollover) journal(moves []Move) {
	f := r.f
	if len(moves) < 2 || f.sharing == nil && f.tellsItself(moves) {
		return
	}
	steps := r.intentions(moves)
	if len(steps) < 2 {
		return
	}
	if err := f.writeJournal(steps); err != nil {
		f.fail(fmt.Errorf("rotate: journal: %w", err))
	}
}

// tellsItself reports whether takeBack can do without a journal: numbers are in use up
// to the last, and the file under its name aside says that there was a rollover. To
// make and remove a journal takes ext4 half as long again as all the renames.
func (f *File) tellsItself(moves []Move) bool {
	if _, numbered := f.names.(Numbered); !numbered {
		return false
	}
	return slices.ContainsFunc(moves, func(v Move) bool {
		return v.To == "" && filepath.Dir(f.named(v.From)) == filepath.Dir(f.path)
	})
}

// intentions are what moves come to, file by file; nil where files cannot be told
// by number, or it is a Mover's business.
func (r *rollover) intentions(moves []Move) []intended {
	f := r.f
	side := f.sidecar()
	var steps []intended
	for _, v := range moves {
		from, to := f.named(v.From), f.named(v.To)
		files := []string{from}
		if v.From != f.path {
			files = r.filesOf(from)
		} else if f.opts.Mover != nil {
			continue
		}
		for _, file := range files {
			id := r.identity(file)
			if id == "" {
				continue
			}
			s := intended{id: id, from: side.relative(file)}
			if v.To != "" {
				s.to = side.relative(to + strings.TrimPrefix(file, from))
			}
			steps = append(steps, s)
		}
	}
	return steps
}

func (r *rollover) identity(file string) string {
	fi, ok := r.found[file]
	if !ok {
		var err error
		if fi, err = r.f.sys.lstat(file); err != nil {
			return ""
		}
	}
	return identityOf(fi).key()
}

// sidecar is where the File keeps its journal.
func (f *File) sidecar() *sidecar {
	if f.sharing != nil {
		return &f.sharing.side
	}
	return &f.own
}

func (f *File) writeJournal(steps []intended) error {
	side := f.sidecar()
	if f.sharing == nil {
		if side.newer {
			return nil // it was reported, and is not ours to replace
		}
		perm := f.opts.Perm
		if perm == 0 {
			perm = 0o666
		}
		flag := os.O_RDWR | os.O_CREATE | os.O_EXCL | noFollow
		if side.bad {
			flag ^= os.O_EXCL | os.O_TRUNC
		}
		h, err := f.sys.open(side.path, flag, perm)
		if err != nil {
			return err
		}
		side.h = h
	}
	side.pending = true
	n := f.note()
	n.steps = steps
	err := side.write(n)
	if err == nil && f.durable() {
		err = side.h.SyncData()
		if err == nil && f.sharing == nil {
			err = f.sys.syncDir(filepath.Dir(side.path))
		}
	}
	return err
}

// endJournal says that the rollover is complete, or taken back.
func (f *File) endJournal() {
	side := f.sidecar()
	if !side.pending && (!side.bad || f.sharing != nil) {
		return
	}
	side.pending = false
	if f.sharing != nil {
		f.sharing.changed = true
		return
	}
	side.bad = false
	if err := errors.Join(side.close(), f.sys.remove(side.path)); err != nil {
		side.bad = true
		f.fail(fmt.Errorf("rotate: journal: %w", err))
	}
}

// recover finishes the rollover of a process that was killed. What the journal
// does not say for certain it leaves.
func (f *File) recover() {
	side := f.sidecar()
	if f.sharing == nil {
		h, err := f.sys.open(side.path, os.O_RDWR|noFollow, 0)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if errors.Is(err, syscall.ENAMETOOLONG) {
			side.newer = true // there is none, nor will there be
			return
		}
		if err != nil {
			side.newer = true // whatever it is, it is in the way
			f.fail(fmt.Errorf("rotate: journal: %w", err))
			return
		}
		side.h = h
		defer func() { _ = side.close() }()
	}
	n, err := side.read()
	if err == nil && len(n.steps) > 0 {
		err = f.finish(n)
	}
	switch {
	case errors.Is(err, errNoteEmpty) && f.sharing != nil && (side.fresh || f.justMade(side)):
		side.fresh = true
	case err != nil:
		side.newer = errors.Is(err, errNoteNewer)
		side.bad = !side.newer
		f.fail(fmt.Errorf("rotate: journal: %w", err))
	case f.sharing == nil:
		if err := f.sys.remove(side.path); err != nil {
			side.bad = true
			f.fail(fmt.Errorf("rotate: journal: %w", err))
		}
	}
}

// justMade reports whether a process may have made the sidecar that has only not had
// the lock yet.
func (f *File) justMade(side *sidecar) bool {
	fi, err := side.h.Stat()
	return err == nil && f.now().Sub(fi.ModTime()) < time.Second
}

// finish does what is left of a rollover.
func (f *File) finish(n note) error {
	side := f.sidecar()
	if err := f.trust(side, n.steps); err != nil {
		return err
	}
	at := func(path string) string {
		if fi, err := f.sys.lstat(path); err == nil {
			return identityOf(fi).key()
		}
		return ""
	}
	var aside []string
	for _, s := range n.steps {
		from, to := side.absolute(s.from), side.absolute(s.to)
		if s.to == "" {
			to = asideName(from)
		}
		if at(to) != s.id && at(from) == s.id {
			if err := f.moveBack(from, to); err != nil {
				return fmt.Errorf("finish the rollover of %s: %w", f.path, err)
			}
			if from == f.path && f.opts.Policy != nil {
				f.begin(f.now())
			}
		}
		if s.to == "" && at(to) == s.id {
			aside = append(aside, to)
		}
	}
	for _, name := range aside {
		if err := f.discard(name); err != nil {
			return err
		}
	}
	if f.sharing != nil {
		f.sharing.changed = true
	}
	return nil
}

// trust refuses a journal that others may have put there: it names what is to be
// renamed and removed.
func (f *File) trust(side *sidecar, steps []intended) error {
	fi, err := side.h.Stat()
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() || !f.ours(fi) {
		return fmt.Errorf("%s is another owner's", side.path)
	}
	dirs := []string{filepath.Dir(f.path), filepath.Dir(f.named(f.path + ".1"))}
	for _, s := range steps {
		for _, name := range []string{s.from, s.to} {
			if name != "" && !slices.Contains(dirs, filepath.Dir(side.absolute(name))) {
				return fmt.Errorf("%s names %q, which is no backup of %s", side.path, name, f.path)
			}
		}
	}
	return nil
}

// ours reports whether the file's owner may rename what is in the directory anyhow.
func (f *File) ours(fi fs.FileInfo) bool {
	owner, ok := ownerOf(fi)
	if !ok || owner == 0 || owner == os.Geteuid() {
		return true
	}
	for _, name := range []string{filepath.Dir(f.path), f.path} {
		if fi, err := f.sys.stat(name); err == nil {
			if of, _ := ownerOf(fi); of == owner {
				return true
			}
		}
	}
	return false
}
