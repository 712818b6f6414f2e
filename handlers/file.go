package handlers

import (
	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/rotate"
)

// FileOptions are the options of NewFile and NewWatchedFile.
type FileOptions struct {
	// Mode is "a", the default, to append; "w" to empty the file at each opening;
	// "x" to refuse one that exists.
	Mode string `json:"mode"`
	// Encoding is one of Python's, by any of its names; "" and "locale" are UTF-8.
	// See package charset. A byte order mark goes in front of the first record of
	// each empty file. A name that is unknown is an error at once.
	Encoding string `json:"encoding"`
	// Errors says what becomes of characters that the encoding lacks; "" is
	// charset.Strict: the record is not written, and its *charset.EncodeError goes
	// to OnError. A name that is unknown is an error at once; with Python, when it
	// is first needed.
	Errors string `json:"errors"`
	// CharName names characters for charset.NameReplace, as charname.Of does. nil:
	// they have no names.
	CharName charset.Namer `json:"-"`
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
	return o.open("FileHandler", filename, text{o.Encoding, o.Errors, o.CharName}, &rotate.Options{Mode: o.Mode, Delay: o.Delay})
}

// NewWatchedFile returns a handler that looks before each record whether the
// file's name still leads to the file that is open, and opens the name again if
// not: for files that logrotate moves or that somebody removes. o may be nil.
// (Python: WatchedFileHandler.)
func NewWatchedFile(filename string, o *FileOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &FileOptions{}
	}
	return o.open("WatchedFileHandler", filename, text{o.Encoding, o.Errors, o.CharName}, &rotate.Options{Mode: o.Mode, Delay: o.Delay, Watch: true})
}
