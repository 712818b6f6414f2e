package handlers

import (
	"io/fs"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/rotate"
)

// RotatingFileOptions are the options of NewRotatingFile.
type RotatingFileOptions struct {
	// Mode is as in FileOptions; with MaxBytes over 0 the file is appended to,
	// whatever Mode says.
	Mode string `json:"mode"`
	// MaxBytes is the size that a file does not reach, in bytes as written; 0
	// never rolls over.
	MaxBytes int64 `json:"maxBytes"`
	// BackupCount is how many old files are kept, as app.log.1 (the newest),
	// app.log.2 and so on. With 0 the file never rolls over.
	BackupCount int `json:"backupCount"`
	// Encoding, Errors and CharName are as in FileOptions.
	Encoding string        `json:"encoding"`
	Errors   string        `json:"errors"`
	CharName charset.Namer `json:"-"`
	// Delay opens the file with the first record.
	Delay bool `json:"delay"`
	// Namer gives a backup's path another form; see rotate.Options.
	Namer func(path string) string `json:"-"`
	// Rotator moves the file to its backup's path instead of a rename; see
	// rotate.Options.Mover.
	Rotator func(source, dest string) error `json:"-"`
	// Perm, DirPerm, NoFollow and Symlink are as in FileOptions.
	Perm     fs.FileMode `json:"-"`
	DirPerm  fs.FileMode `json:"-"`
	NoFollow bool        `json:"noFollow"`
	Symlink  string      `json:"symlink"`
	// MaxAge is how long since its last record a backup is kept; MaxTotalBytes how
	// large the backups may be together, when compressed; MinFree how many bytes are
	// to be free on the disk. 0 is no bound; see rotate.Keep.
	MaxAge        time.Duration `json:"-"`
	MaxTotalBytes int64         `json:"maxTotalBytes"`
	MinFree       int64         `json:"minFree"`
	// Compress compresses backups: rotate.Gzip() or rotate.Zstd().
	Compress *rotate.Compression `json:"-"`
	// AfterRoll is told each backup's final path, BeforeRemove is asked before one
	// is removed; see rotate.Options.
	AfterRoll    func(backup string)     `json:"-"`
	BeforeRemove func(path string) error `json:"-"`

	Safety
	Options
}

// NewRotatingFile returns a handler whose file rolls over before it would reach a
// size. o may be nil, and then it never does. (Python: RotatingFileHandler.)
func NewRotatingFile(filename string, o *RotatingFileOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &RotatingFileOptions{}
	}
	return o.open("RotatingFileHandler", filename, o.text(), o.file())
}

// Validate reports what is wrong with o, as NewRotatingFile would, without touching
// a file.
func (o *RotatingFileOptions) Validate() error { return validate(o.text(), o.file()) }

func (o *RotatingFileOptions) text() text { return text{o.Encoding, o.Errors, o.CharName} }

func (o *RotatingFileOptions) file() *rotate.Options {
	keep := rotate.Keep{
		Backups: max(o.BackupCount, 0), // Python takes a negative one, which keeps none or all
		MaxAge:  o.MaxAge, MaxTotalBytes: o.MaxTotalBytes, MinFree: o.MinFree,
	}
	return o.on(&rotate.Options{
		Policy:    rotate.Size{MaxBytes: o.MaxBytes},
		Retention: keep,
		Mode:      o.Mode,
		Delay:     o.Delay,
		Namer:     o.Namer,
		Mover:     o.Rotator,
		Perm:      o.Perm, DirPerm: o.DirPerm, NoFollow: o.NoFollow, Symlink: o.Symlink,
		Compress: o.Compress, AfterRoll: o.AfterRoll, BeforeRemove: o.BeforeRemove,
	})
}
