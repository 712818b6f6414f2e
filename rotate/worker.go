package rotate

import (
	"fmt"
	"slices"
	"time"
)

// A job is a backup that waits for the worker, to be compressed or announced. All
// of it but told is guarded by File.mu.
type job struct {
	path  string // where the backup is now
	id    identity
	made  time.Time
	gone  bool // it was removed
	small bool // it is compressed
	told  bool // AfterRoll knows it
}

// follow gives the worker the backup that a rollover has made, and tells it where
// the others have moved.
func (f *File) follow(done []step) {
	made := ""
	for _, s := range done {
		if s.from == f.path {
			made = s.to
		}
	}
	for _, j := range slices.Concat(f.jobs, f.late) {
		for _, s := range done {
			if s.from == j.path {
				j.path = s.to
				break
			}
		}
	}
	if made == "" || f.opts.AfterRoll == nil && f.opts.Compress == nil {
		return
	}
	// A Mover may have taken it elsewhere.
	if fi, err := f.sys.lstat(made); err == nil && !fi.IsDir() {
		f.jobs = append(f.jobs, f.late...) // what could not be compressed then
		f.jobs = append(f.jobs, &job{path: made, id: identityOf(fi), made: f.now()})
		f.late = nil
	}
}

// forget takes the job from the worker whose backup was removed.
func (f *File) forget(path string) {
	for _, j := range slices.Concat(f.jobs, f.late) {
		if j.path == path {
			j.gone = true
		}
	}
}

// waits reports whether path is to become smaller.
func (f *File) waits(path string) bool {
	return f.opts.Compress != nil && slices.ContainsFunc(f.jobs, func(j *job) bool { return j.path == path })
}

// hire reports whether the worker is to be started, which is then certain. It ends
// when it has done all, so that a File at rest has no goroutine.
func (f *File) hire() bool {
	if f.working || len(f.jobs) == 0 {
		return false
	}
	f.working = true
	f.closing.Add(1)
	return true
}

func (f *File) work() {
	defer f.closing.Done()
	f.mu.Lock()
	for len(f.jobs) > 0 {
		j := f.jobs[0] // it stays there: it may move meanwhile
		done := true
		if !j.gone {
			f.release()
			done = f.do(j)
			f.mu.Lock()
		}
		f.jobs = f.jobs[1:]
		if !done {
			f.late = append(f.late, j)
		}
		if f.opts.Retention.bounded() {
			f.unkept = true
			if err := f.prune(); err != nil {
				f.fail(err)
			}
		}
	}
	f.working = false
	f.release()
}

// do compresses the job's backup and announces it. It reports whether that was
// all.
func (f *File) do(j *job) bool {
	var err error
	if f.opts.Compress != nil {
		if s := f.sharing; s != nil && s.grace > 0 {
			time.Sleep(min(s.grace, j.made.Add(s.grace).Sub(f.now())))
		}
		err = f.compress(j)
	}
	f.mu.Lock()
	if err != nil {
		f.fail(fmt.Errorf("rotate: compress %s: %w", j.path, err))
	}
	path, tell := j.path, f.opts.AfterRoll != nil && !j.gone && !j.told
	f.release()
	if tell {
		j.told = true
		f.opts.AfterRoll(path)
	}
	return err == nil || j.small
}
