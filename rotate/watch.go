package rotate

// mustLook reports whether it is time to look at the path again.
func (f *File) mustLook() bool {
	every := f.opts.WatchEvery
	if every == 0 {
		return true
	}
	now := f.now()
	if now.Before(f.nextLook) {
		return false
	}
	f.nextLook = now.Add(every)
	return true
}
