package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is what a File gives after Close. It is an fs.ErrClosed.
var ErrClosed = fmt.Errorf("rotate: %w", fs.ErrClosed)

// A File is a file that rolls over. Its methods may be called by many
// goroutines at once; every Write is whole and in one file.
type File struct {
	path  string
	opts  Options
	flag  int  // opens the file
	timed bool // time alone can make the policy due
	names Naming
	sys   system
	atNow func() (identity, int64, error) // what path names; nil without Watch

	reporting atomic.Bool    // OnError is running
	closing   sync.WaitGroup // the worker, and removed files whose space is being given back
	returning atomic.Int64   // that space

	unsyncedLines atomic.Uint64 // of files that were not at hand any more when their sync failed

	group group

	// mu guards the rest. The hooks of Options but OnError run under it.
	mu       lock
	file     handle   // nil: not open
	regular  bool     // file is a regular one: only then it has a size
	bare     bool     // the file lacks its Header
	tear     tear     // the file ends inside of a record
	before   before   // of the last write
	held     *holding // nil without Options.Hold
	sharing  *sharing // nil without Options.Shared
	last     []byte   // scratch: the end of the file
	unsynced unsynced
	syncing  syncing
	own      sidecar // without Options.Shared
	id       identity
	state    State
	nextLook time.Time // with WatchEvery
	unkept   bool      // old backups have not been looked at since the last rollover, or not with success
	pruneAt  time.Time
	exts     []string // that archives have; none without Compress
	jobs     []*job   // for the worker, which has the first in hand
	late     []*job   // what could not be compressed
	working  bool     // the worker runs
	failed   []error
	closed   bool
	stats    Stats
	next     nextFile
	roomy    int64       // below it a file is not due; 0: ask the policy
	timer    *time.Timer // nil without Options.Timer
}

// Open opens the file at path, and creates it if need be. A relative path is made
// absolute at once. If Open fails there is neither a new file nor a new directory.
func Open(path string, o *Options) (*File, error) {
	if o == nil {
		o = &Options{}
	}
	f, err := open(path, *o, osSystem())
	if err != nil {
		return nil, fmt.Errorf("rotate: open %q: %w", path, err)
	}
	return f, nil
}

func open(path string, o Options, sys system) (*File, error) {
	if path == "" {
		return nil, errors.New("the path is empty")
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if o.Symlink != "" {
		if o.Symlink, err = filepath.Abs(o.Symlink); err != nil {
			return nil, err
		}
		if o.Symlink == path {
			return nil, errors.New("the symbolic link has the file's own path")
		}
	}
	f := &File{path: path, opts: o, flag: o.flags(), sys: sys}
	f.mu.turn = make(chan struct{}, 1)
	f.held = newHolding(o.Hold)
	f.state = State{Base: path, Backups: o.Retention.Backups}
	f.state.Spare = o.BeforeRemove != nil
	if n, ok := o.Policy.(named); ok {
		f.names = n.Naming(o.Namer)
	}
	if o.Retention.MinFree > 0 {
		if _, err := sys.free(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("min free: %w", err)
		}
	}
	if err := f.share(o.Shared); err != nil {
		return nil, err
	}
	if o.Watch && f.sharing == nil { // which looks anyhow
		if f.atNow, err = sys.watcher(path); err != nil {
			return nil, err
		}
	}
	if o.Policy != nil {
		// The age of a file that is there decides: a stale one rolls over with the
		// first record.
		since := f.now()
		if fi, err := sys.stat(path); err == nil {
			since = fi.ModTime()
		}
		f.begin(since)
		f.timed = !f.state.Next.IsZero()
	}
	if p, ok := o.Policy.(Size); ok {
		f.roomy = p.MaxBytes // to ask costs as much as all else beside the system call
	}
	f.planNext()
	if o.Timer && !f.timed {
		return nil, errors.New("timer: the policy has no time to roll over at")
	}
	if err := f.begun(); err != nil {
		return nil, err
	}
	f.startTimer()
	return f, nil
}

// begun finds, or makes, what a File begins with.
func (f *File) begun() error {
	f.own.path = asideName(f.path)
	err := f.exclude()
	var mended []error
	if err == nil {
		f.recover()
		mended, f.failed = f.failed, nil // which is no reason not to open the file
	}
	switch {
	case err == nil && !f.opts.Delay:
		if err = f.openFirst(); err == nil && f.sharing != nil {
			f.adopt(f.id)
		}
	case f.opts.Delay && errors.Is(err, fs.ErrNotExist):
		return nil // the directory may come with the first record
	}
	if err != nil {
		if f.sharing != nil {
			f.sharing.side.abandon(f)
		}
		return err
	}
	f.failed, f.stats.Failures = append(mended, f.failed...), f.stats.Failures+uint64(len(mended))
	f.tidy()
	f.leave()
	return nil
}

// now is the only place that reads the clock.
func (f *File) now() time.Time { return time.Now() }

func (f *File) closeFile() error {
	if f.file == nil {
		return nil
	}
	h := f.file
	f.file, f.state.Size = nil, 0
	return f.closeOld(h, f.unsynced)
}

// Name returns the absolute path of the file.
func (f *File) Name() string { return f.path }

// Sync puts what was written to the file at hand on the disk, and its name. After
// an error it gives that error again until another file is at hand: the system may
// have dropped what it could not put on the disk, and a later success would not say
// so.
func (f *File) Sync() error {
	f.mu.Lock()
	defer f.release()
	switch {
	case f.closed:
		return ErrClosed
	case f.file == nil:
		return f.stillHeld()
	}
	if err := f.resume(true); err != nil {
		return f.stillHeld()
	}
	return errors.Join(f.syncFile(), f.syncRetired(f.takeRetired()))
}

// Reopen opens the path again if it no longer names the file that is open,
// Python's reopenIfNeeded: for a signal that says that the file was moved away.
// If that fails there is no file open, and the next Write tries again.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.release()
	if f.closed {
		return ErrClosed
	}
	if err := f.enter(); err != nil {
		return err
	}
	fi, err := f.sys.stat(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rotate: reopen %s: %w", f.path, err)
	}
	return f.reopen(err == nil && identityOf(fi).same(f.id))
}

// reopen opens the path again unless it is the file at hand.
func (f *File) reopen(same bool) error {
	if f.file == nil || same {
		return nil
	}
	if err := f.closeFile(); err != nil {
		f.fail(fmt.Errorf("rotate: close: %w", err))
	}
	if err := f.openFile(f.flag); err != nil {
		return fmt.Errorf("rotate: reopen: %w", err)
	}
	f.stats.Reopens++
	return nil
}

// Close closes the file and waits until all backups are compressed, AfterRoll was
// told of them, and the space of those removed is given back. What is held it tries
// to write as Flush does; its error says how many records it gave up. Afterwards
// Write, Sync, Roll and Reopen give ErrClosed. Close twice is fine.
func (f *File) Close() error {
	_ = f.Flush() // what it could not write, giveUp tells
	f.mu.Lock()
	f.closed = true
	f.stopTimer()
	err := errors.Join(f.giveUp(), f.endSync(), f.closeFile())
	if f.syncing.timer != nil {
		f.syncing.timer.Stop()
	}
	f.release() // also what Open has found, if no record came after
	f.closing.Wait()
	f.mu.Lock()
	f.dropNext()
	f.release()
	if f.sharing != nil {
		f.mu.Lock()
		err = errors.Join(err, f.sharing.side.close())
		f.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	return nil
}

// fail counts housekeeping that failed, for release to report.
func (f *File) fail(err error) {
	f.stats.Failures++
	f.failed = append(f.failed, err)
}

// release unlocks f and then reports what has failed meanwhile.
func (f *File) release() {
	if f.sharing != nil {
		f.leave()
	}
	failed := f.failed
	if failed != nil {
		f.failed = nil
	}
	hired, next := f.hire(), f.startNext()
	f.mu.Unlock()
	if next {
		go f.createNext()
	}
	if hired {
		go f.work() // after the record: the Write that rolls over has had work enough
	}
	if len(failed) == 0 || f.opts.OnError == nil {
		return
	}
	// An OnError that logs into this very file makes it fail again.
	if !f.reporting.CompareAndSwap(false, true) {
		return
	}
	defer f.reporting.Store(false)
	for _, err := range failed {
		f.opts.OnError(err)
	}
}
