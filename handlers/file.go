package handlers

import (
	"io/fs"
	"time"

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
	// Perm are the permissions of the file and its backups, exactly, whatever the
	// umask; 0 is 0666 before umask. See rotate.Options, also for DirPerm, NoFollow
	// and Symlink.
	Perm fs.FileMode `json:"-"`
	// DirPerm makes the directories that are missing, with these permissions.
	DirPerm fs.FileMode `json:"-"`
	// NoFollow refuses a symbolic link in the place of the file.
	NoFollow bool `json:"noFollow"`
	// Symlink is the path of a symbolic link that is made to lead to the file.
	Symlink string `json:"symlink"`
	// WatchEvery is for NewWatchedFile: it looks at the name no more often than that,
	// which spares a system call for each record; those in between may still go to a
	// file that was moved away. 0, as Python: before each record.
	WatchEvery time.Duration `json:"-"`

	Safety
	Options
}

// Validate reports what is wrong with o, as NewFile would, without touching a file.
func (o *FileOptions) Validate() error { return validate(o.text(), o.file(false)) }

func (o *FileOptions) text() text { return text{o.Encoding, o.Errors, o.CharName} }

func (o *FileOptions) file(watch bool) *rotate.Options {
	return o.on(&rotate.Options{
		Mode: o.Mode, Delay: o.Delay, Watch: watch, WatchEvery: o.WatchEvery,
		Perm: o.Perm, DirPerm: o.DirPerm, NoFollow: o.NoFollow, Symlink: o.Symlink,
	})
}

// NewFile returns a handler that writes to a file. o may be nil. (Python:
// FileHandler.)
func NewFile(filename string, o *FileOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &FileOptions{}
	}
	return o.open("FileHandler", filename, o.text(), o.file(false))
}

// NewWatchedFile returns a handler that looks before each record whether the
// file's name still leads to the file that is open, and opens the name again if
// not: for files that logrotate moves or that somebody removes. o may be nil.
// (Python: WatchedFileHandler.)
func NewWatchedFile(filename string, o *FileOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &FileOptions{}
	}
	return o.open("WatchedFileHandler", filename, o.text(), o.file(true))
}
