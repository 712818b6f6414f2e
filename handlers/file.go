package handlers

import (
	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/rotate"
)

// FileOptions are the options of NewFile and NewWatchedFile.
type FileOptions struct {
	// Mode is "a", the default, to append; "w" to empty the file at each opening;
	// "x" to refuse one that exists.
	Mode string `json:"mode"`
	// Delay opens the file with the first record.
	Delay bool `json:"delay"`

	Options
}

// NewFile returns a handler that writes to a file. o may be nil. (Python:
// FileHandler.)
func NewFile(filename string, o *FileOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &FileOptions{}
	}
	return o.open("FileHandler", filename, &rotate.Options{Mode: o.Mode, Delay: o.Delay})
}

// NewWatchedFile returns a handler that looks before each record whether the
// file's name still leads to the file that is open, and opens the name again if
// not: for files that logrotate moves or that somebody removes. o may be nil.
// (Python: WatchedFileHandler.)
func NewWatchedFile(filename string, o *FileOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &FileOptions{}
	}
	return o.open("WatchedFileHandler", filename, &rotate.Options{Mode: o.Mode, Delay: o.Delay, Watch: true})
}
