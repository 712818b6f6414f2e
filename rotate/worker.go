package rotate

import "slices"

// A job is a backup that waits for the worker. Path is where it is now.
type job struct{ path string }

// follow gives the worker the backup that a rollover has made, and tells it where
// the others have moved.
func (f *File) follow(done []step) {
	made := ""
	for _, s := range done {
		if s.from == f.path {
			made = s.to
		}
	}
	for _, j := range f.jobs {
		for _, s := range done {
			if s.from == j.path {
				j.path = s.to
				break
			}
		}
	}
	if made == "" || f.opts.AfterRoll == nil {
		return
	}
	// A Mover may have taken it elsewhere.
	if fi, err := f.sys.lstat(made); err == nil && !fi.IsDir() {
		f.jobs = append(f.jobs, &job{path: made})
		f.startWorker()
	}
}

// forget takes the job from the worker whose backup was removed.
func (f *File) forget(path string) {
	f.jobs = slices.DeleteFunc(f.jobs, func(j *job) bool { return j.path == path })
}

// startWorker starts the worker unless it runs. It ends when it has nothing left
// to do, so that a File at rest has no goroutine.
func (f *File) startWorker() {
	if f.working {
		return
	}
	f.working = true
	f.closing.Go(f.work)
}

func (f *File) work() {
	f.mu.Lock()
	for len(f.jobs) > 0 {
		j := f.jobs[0]
		f.jobs = f.jobs[1:]
		path := j.path
		f.mu.Unlock()
		f.opts.AfterRoll(path)
		f.mu.Lock()
	}
	f.working = false
	f.release()
}
