package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"time"
)

// Options say how a File rolls over. Nil, or the zero Options, is a file that
// never does and is opened at once for appending.
type Options struct {
	// Policy says when to roll over: Size, Timed or SizeAndTime. Nil: never.
	Policy Policy
	// Timer also rolls over when the period ends while nothing is written, within
	// a minute if the clock was set meanwhile. A file without a record is left. It
	// needs a Policy that goes by time. What fails goes to OnError, on a goroutine
	// of its own, and is tried again after a minute.
	Timer bool
	// Watch looks before every record whether the path still names the file that
	// is open, and opens the path again if not, as Python's WatchedFileHandler:
	// for files that logrotate moves away. If that fails, the record is not
	// written and Write returns the error.
	Watch bool
	// WatchEvery makes Watch look no more often than that, which spares a system
	// call a record: until it looks, records go to the file that was moved away, or
	// are lost with one that was removed. 0: before every record.
	WatchEvery time.Duration
	// Retention says how many backups are kept.
	Retention Keep
	// Compress compresses backups, beside the writers and one at a time; each gets
	// ".gz" or ".zst" added to its path and is a backup as before. Close waits until
	// all are compressed. One that cannot be compressed stays as it is, and is tried
	// again after the next rollover and by the next Open, which also finishes what a
	// process that was killed has left. Windows cannot rename a file that is being
	// read: a rollover has to wait there until its last one is compressed.
	Compress *Compression
	// AfterRoll is told each backup's final path when it is ready, and compressed if
	// that can be done. It runs beside
	// the writers, one call at a time and in order, and Close waits for it. It may
	// use the File, but must not close it. A numbered backup is renamed by the next
	// rollover, even while AfterRoll runs; one that is removed before its turn has
	// come is passed over.
	AfterRoll func(backup string)
	// BeforeRemove is asked before a backup is removed. If it returns an error the
	// backup stays, also beyond the bounds of Retention, and it is asked again
	// after the next rollover; the error is reported. Size then gives backups
	// numbers higher than Keep.Backups, and removes any such that it finds. It is
	// called with the File locked and must not use it.
	BeforeRemove func(path string) error
	// Namer gives a backup's path another form, Python's namer: it gets the path
	// with the number or date added. It is called with the File locked and must
	// not use it. Nil: no other form.
	Namer func(path string) string
	// Mover takes the file to its backup's path instead of a rename, Python's
	// rotator. It may copy or compress. What it leaves at source is appended to.
	// Other backups are always renamed. It is called with the File locked and
	// must not use it.
	Mover func(source, dest string) error
	// Mode is Python's: "a" (the default) appends, "w" empties the file at every
	// opening, "x" refuses one that is there. A Policy that can ever be due
	// appends, whatever Mode says. Only what appends is written at the end of a
	// file that others truncate or write to; w and x go on where they were.
	Mode string
	// Delay opens the file with the first record, not in Open.
	Delay bool
	// Shared lets other processes, and other Files, write and roll over the same file:
	// all that do must have it set, and the same Policy. Each write then takes three
	// more system calls; goroutines share those, too. It needs a system with flock and
	// a file that may be read; elsewhere Open gives errors.ErrUnsupported. Mode must
	// be "a". The functions below are called with the lock held that all share. Nil:
	// the file is this File's alone.
	Shared *Shared
	// Hold keeps records in memory while the disk refuses them: it is full, or out
	// of order, or the directory is gone. Write then returns nil; Stats.Held says
	// what a crash would lose. They are written in order as soon as the disk takes
	// them, which is tried with later records and at least every quarter of a second.
	// OnError is told why they are held. Nil: each record that is refused is an error.
	Hold *Hold
	// Durable makes Write return when the record is on the disk, and the file's name
	// after a rollover. Goroutines that write at the same time share one sync. If it
	// fails, what it was to sync is cut off again and each of these records is an
	// error, or held; if it cannot be cut off, it is an error all the same and n is
	// not 0. With Hold a nil error says that the record is on the disk or held.
	Durable bool
	// SyncInterval is how long a record may be the operating system's alone: the file,
	// and those rolled over, are synced so long after a write, beside the writers. If
	// that fails OnError is told how many records it was about, and they count as
	// Unsynced. 0: nothing is synced but by Sync.
	SyncInterval time.Duration
	// LineEnd is what each record ends with. A file that Open finds without it at
	// its end was cut off by a crash: it gets it before the next record. Empty: so
	// with "\n" if Hold, Shared or Durable is set; else such a file is just appended to.
	LineEnd string
	// Header is written in front of the first record of every file that is empty
	// when it is opened, in the same system call: the byte order mark of an
	// encoding, the column names of a table. It counts towards the size. A pipe or
	// a device gets it at every opening.
	Header []byte
	// Perm are the permissions of the file, and so of its backups, exactly and
	// whatever the umask: a file that is there gets them, too. If another owner's
	// file does not take them, Open fails; later that is only reported. 0 is 0666
	// before umask for new files, and leaves others as they are. Windows only
	// knows whether a file may be written.
	Perm fs.FileMode
	// DirPerm makes the directories that the path lacks, with these permissions
	// before umask. 0: a directory that is not there is an error.
	DirPerm fs.FileMode
	// NoFollow refuses a symbolic link in the place of the file: whoever may write
	// to the directory could have another file written to. Links among the
	// directories are followed.
	NoFollow bool
	// Symlink is the path of a symbolic link that is made to lead to the file,
	// and is mended whenever the file is opened. A link that is there is replaced
	// in one step; anything else is left as it is, and is an error. Empty: none.
	Symlink string
	// OnError gets the housekeeping that failed while a record was written all
	// the same, or beside it: a rollover, the removal of a backup, its compression.
	// It is called after the record was written and with the File unlocked; it may
	// use the File, but failures during its run are only counted in Stats. With
	// Compress or AfterRoll it must not close it: Close waits for both. Nil: only
	// counted.
	OnError func(error)
}

// Validate reports what is wrong with o, as Open would, as far as that can be told
// without touching a file.
func (o *Options) Validate() error {
	switch o.Mode {
	case "", "a", "w", "x":
	default:
		return fmt.Errorf("mode %q is none of a, w, x", o.Mode)
	}
	if o.WatchEvery < 0 {
		return fmt.Errorf("watch every %v is negative", o.WatchEvery)
	}
	if o.Shared != nil && !canShare {
		return fmt.Errorf("shared: %w on %s, which has no lock that ends with its process", errors.ErrUnsupported, runtime.GOOS)
	}
	if o.Shared != nil && (o.Mode == "w" || o.Mode == "x") {
		return fmt.Errorf("shared: mode %q is not for a file that others write", o.Mode)
	}
	if o.Hold != nil && o.Hold.Bytes < 0 {
		return fmt.Errorf("hold %d bytes is negative", o.Hold.Bytes)
	}
	if o.SyncInterval < 0 {
		return fmt.Errorf("sync interval %v is negative", o.SyncInterval)
	}
	if o.WatchEvery > 0 && !o.Watch {
		return errors.New("watch every needs watch")
	}
	if err := o.validatePerm(); err != nil {
		return err
	}
	if v, ok := o.Policy.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return err
		}
	}
	return o.validateKeep()
}

func (o *Options) validatePerm() error {
	switch {
	case o.Perm&^fs.ModePerm != 0:
		return fmt.Errorf("perm %v has more than permissions", o.Perm)
	case o.Perm != 0 && o.Perm&0o200 == 0:
		return fmt.Errorf("perm %#o does not let the owner write", o.Perm)
	case o.DirPerm&^fs.ModePerm != 0:
		return fmt.Errorf("dir perm %v has more than permissions", o.DirPerm)
	case o.DirPerm != 0 && o.DirPerm&0o300 != 0o300:
		return fmt.Errorf("dir perm %#o does not let the owner make files", o.DirPerm)
	}
	return nil
}

// flags returns how the file is to be opened.
func (o *Options) flags() int {
	base := os.O_WRONLY | os.O_APPEND | os.O_CREATE
	if o.NoFollow {
		base |= noFollow
	}
	if o.Shared != nil {
		base = base&^os.O_WRONLY | os.O_RDWR // to see whether others' records are whole
	}
	switch {
	case mayRoll(o.Policy):
		// handlers.py: "If rotation/rollover is wanted, it doesn't make sense to
		// use another mode": every restart would throw the log away.
		return base
	case o.Mode == "w": // as Python's, these two go on where they were
		return base&^os.O_APPEND | os.O_TRUNC
	case o.Mode == "x":
		return base&^os.O_APPEND | os.O_EXCL
	}
	return base
}

// mayRoll asks p whether there is a state in which it is due.
func mayRoll(p Policy) bool { return makesBackups(p, 1) }

// makesBackups asks p the same for a number of backups.
func makesBackups(p Policy, backups int) bool {
	if p == nil {
		return false
	}
	now := time.Now()
	full := State{Base: "log", Size: math.MaxInt64, Since: now, Backups: backups}
	return !p.Next(now).IsZero() || p.Due(full, 1, now)
}
