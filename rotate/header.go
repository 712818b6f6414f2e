package rotate

// begins notes whether the file that was just opened, or found truncated, lacks
// its Header.
func (f *File) begins() {
	f.bare = len(f.opts.Header) > 0 && f.state.Size == 0
}

// lacking returns how many bytes the next write puts in front of its record.
func (f *File) lacking() int {
	if !f.bare && !f.tear.torn {
		return 0
	}
	return len(f.ahead())
}
