package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Keep says which backups to keep: those that all of its bounds keep. A bound of
// 0 is none. They are looked at when the file has rolled over, the total and the
// free space again when the backups are compressed. Of the bounds only Backups
// makes Size roll over.
//
// Only what is provably a backup of this very file is counted and removed: its
// name is made again from what it says, and compared.
type Keep struct {
	// Backups is how many, Python's backupCount. With 0 Size never rolls over and
	// Timed keeps all.
	Backups int
	// MaxAge is how long since a backup was last written to.
	MaxAge time.Duration
	// MaxTotalBytes is how large the backups may be together. The file itself does
	// not count, nor does a backup that waits to be compressed.
	MaxTotalBytes int64
	// MinFree is how many bytes are to be free on the disk. The oldest backups are
	// removed until there are, or none is left.
	MinFree int64
}

// bounded reports whether there is a bound that the backups' names do not tell.
func (k Keep) bounded() bool { return k.MaxAge > 0 || k.MaxTotalBytes > 0 || k.MinFree > 0 }

// validateKeep checks the options that only backups have a use for.
func (o *Options) validateKeep() error {
	k := o.Retention
	for _, v := range []struct {
		name  string
		value int64
	}{
		{"backups", int64(k.Backups)}, {"max age", int64(k.MaxAge)},
		{"max total bytes", k.MaxTotalBytes}, {"min free", k.MinFree},
	} {
		if v.value < 0 {
			return fmt.Errorf("%s %d is negative", v.name, v.value)
		}
	}
	for _, v := range []struct {
		name string
		set  bool
	}{
		{"max age", k.MaxAge > 0}, {"max total bytes", k.MaxTotalBytes > 0}, {"min free", k.MinFree > 0},
		{"before remove", o.BeforeRemove != nil}, {"after roll", o.AfterRoll != nil},
		{"compress", o.Compress != nil},
	} {
		if !v.set {
			continue
		}
		if !makesBackups(o.Policy, k.Backups) {
			return fmt.Errorf("%s needs a policy that makes backups", v.name)
		}
		if _, ok := o.Policy.(named); !ok {
			return fmt.Errorf("%s needs a policy whose backups can be found: one with a method Naming", v.name)
		}
	}
	if k.Backups > 0 && o.Policy == nil {
		return fmt.Errorf("backups %d needs a policy that makes backups", k.Backups)
	}
	return nil
}

// named is a Policy whose backups can be found.
type named interface {
	Naming(namer func(string) string) Naming
}

// backup is a backup in the directory.
type backup struct {
	order string
	paths []string // its files
	size  int64
	total int64     // the size that counts towards MaxTotalBytes
	last  time.Time // written to
}

// counts reports whether backups beyond the number are removed by name. A policy
// that numbers them has planned that already, unless somebody wants to be asked.
func (f *File) counts() bool {
	_, planned := f.names.(Numbered)
	return f.names != nil && f.state.Backups > 0 && (!planned || f.state.Spare)
}

// prune removes the backups that are not to be kept.
func (f *File) prune() error {
	if !f.unkept {
		return nil
	}
	wait, err := f.removeExpired()
	if err != nil {
		return fmt.Errorf("rotate: old backups of %s: %w", f.path, err)
	}
	f.unkept = wait > 0
	f.pruneAt = f.now().Add(wait)
	return nil
}

// mayPrune reports whether no backup is to be spared any longer.
func (f *File) mayPrune() bool {
	return f.sharing == nil || f.sharing.grace == 0 || !f.now().Before(f.pruneAt)
}

// removeExpired returns how long it has to wait for others that may still write to
// a backup.
func (f *File) removeExpired() (wait time.Duration, err error) {
	if err := f.exclude(); err != nil {
		return 0, err
	}
	k := f.opts.Retention
	found, err := f.backups(k.bounded())
	errs := []error{err}
	if !f.counts() {
		k.Backups = 0
	}
	var free int64
	if k.MinFree > 0 {
		free, err = f.sys.free(filepath.Dir(f.path))
		if err != nil {
			k.MinFree = 0
			errs = append(errs, err)
		}
		free += f.returning.Load()
	}
	for _, b := range k.expired(found, f.now(), free) {
		if more := f.graceOf(b); more > 0 {
			wait = max(wait, more)
			continue
		}
		for _, path := range b.paths {
			errs = append(errs, f.expire(path))
		}
	}
	return wait, errors.Join(errs...)
}

// graceOf returns how long a backup must stay for the sake of other processes.
func (f *File) graceOf(b backup) time.Duration {
	if f.sharing == nil || f.sharing.grace == 0 {
		return 0
	}
	var more time.Duration
	for _, path := range b.paths {
		if fi, err := f.sys.lstat(path); err == nil && !f.isArchive(path) {
			more = max(more, fi.ModTime().Add(f.sharing.grace).Sub(f.now()))
		}
	}
	return min(more, f.sharing.grace) // clocks are set back
}

// expired returns those of the backups, which come oldest first, that are not to
// be kept if so many bytes of the disk are free.
func (k Keep) expired(all []backup, now time.Time, free int64) []backup {
	drop := 0 // the oldest ones
	if k.Backups > 0 {
		drop = max(0, len(all)-k.Backups)
	}
	if k.MaxTotalBytes > 0 {
		var total int64
		for i := len(all) - 1; i >= drop; i-- {
			if total += all[i].total; total > k.MaxTotalBytes {
				drop = i + 1
			}
		}
	}
	old := func(b backup) bool { return k.MaxAge > 0 && now.Sub(b.last) > k.MaxAge }
	for i, b := range all {
		if i < drop || old(b) {
			free += b.size
		}
	}
	for ; k.MinFree > free && drop < len(all); drop++ {
		if !old(all[drop]) {
			free += all[drop].size
		}
	}
	var expired []backup
	for i, b := range all {
		if i < drop || old(b) {
			expired = append(expired, b)
		}
	}
	return expired
}

// backups returns what is there, the oldest first, with sizes and times if asked
// for.
func (f *File) backups(full bool) ([]backup, error) {
	dir := filepath.Dir(f.path)
	names, err := f.sys.list(dir)
	if err != nil {
		return nil, err
	}
	var errs []error
	found := map[string]*backup{}
	for _, name := range names {
		path := filepath.Join(dir, name)
		plain, order, ok := f.backupName(name)
		if !ok || path == f.path || path == f.opts.Symlink {
			continue // a Namer may give a backup any name
		}
		b := found[plain]
		if b == nil {
			b = &backup{order: order}
			found[plain] = b
		}
		b.paths = append(b.paths, path)
		if !full {
			continue
		}
		fi, err := f.sys.lstat(path)
		switch {
		case err == nil:
			b.size += fi.Size()
			if !f.waits(path) {
				b.total += fi.Size()
			}
			if fi.ModTime().After(b.last) {
				b.last = fi.ModTime()
			}
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
			b.last = f.now() // its age is unknown: not a reason to remove it
		}
	}
	all := make([]backup, 0, len(found))
	for _, b := range found {
		all = append(all, *b)
	}
	slices.SortFunc(all, func(a, b backup) int { return strings.Compare(a.order, b.order) })
	return all, errors.Join(errs...)
}

// expire removes a backup, if it may.
func (f *File) expire(name string) error {
	if ask := f.opts.BeforeRemove; ask != nil {
		if err := ask(name); err != nil {
			f.stats.Spared++
			f.fail(fmt.Errorf("rotate: keep %s: %w", name, err))
			return nil
		}
	}
	return f.discard(name)
}
