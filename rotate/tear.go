package rotate

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// tear is where a record broke off: the file ends inside of it.
type tear struct {
	torn bool
	from int64 // where it begins
	end  int64 // of the file when it was torn; 0: it is not ours to cut off
}

// lineEnd is what records end with where that matters.
func (o *Options) lineEnd() string {
	if o.LineEnd == "" {
		return "\n"
	}
	return o.LineEnd
}

// mendsLines reports whether a line without its end that Open finds is a record
// that a crash has cut off.
func (o *Options) mendsLines() bool {
	return o.LineEnd != "" || o.Hold != nil || o.Shared != nil || o.Durable
}

// ahead returns what the next write puts in front of its record.
func (f *File) ahead() []byte {
	switch {
	case f.bare:
		return f.opts.Header
	case f.tear.torn:
		return []byte(f.opts.lineEnd())
	}
	return nil
}

// findTear looks whether the file that was opened ends with a whole line. One
// that cannot be read is taken as it is.
func (f *File) findTear() {
	f.tear = tear{}
	end := f.opts.lineEnd()
	if !f.opts.mendsLines() || !f.regular || f.state.Size == 0 || f.flag&os.O_APPEND == 0 {
		return
	}
	n := min(int64(len(end)), f.state.Size)
	f.last = append(f.last[:0], end[:n]...)
	if err := f.readAt(f.last, f.state.Size-n); err == nil {
		f.tear.torn = string(f.last) != end
	}
}

// readAt reads from the file at hand, which may be open for writing alone.
func (f *File) readAt(p []byte, offset int64) error {
	if f.flag&os.O_RDWR != 0 {
		_, err := f.file.ReadAt(p, offset)
		return err
	}
	h, err := f.sys.open(f.path, os.O_RDONLY|f.flag&noFollow, 0)
	if err != nil {
		return err
	}
	fi, err := h.Stat()
	if err == nil && !identityOf(fi).same(f.id) {
		err = fs.ErrNotExist
	}
	if err == nil {
		_, err = h.ReadAt(p, offset)
	}
	return errors.Join(err, h.Close())
}

// tore notes that the record that p ends with is in the file in part, from on.
func (f *File) tore(p []byte, from int64) {
	if strings.HasSuffix(string(p[max(0, len(p)-len(f.opts.lineEnd())):]), f.opts.lineEnd()) {
		f.tear = tear{torn: true, from: from, end: f.state.Size}
	}
}

// cutTear tries again to cut off what a failed write has left.
func (f *File) cutTear() {
	if t := f.tear; t.torn && t.end > 0 && t.end == f.state.Size && f.cut(t.from) {
		f.tear = tear{}
	}
}

// cut cuts the file to size if nobody else has written to it.
func (f *File) cut(size int64) bool {
	fi, err := f.file.Stat()
	if err != nil || fi.Size() != f.state.Size || f.file.Truncate(size) != nil {
		return false
	}
	f.stats.Bytes -= uint64(f.state.Size - size)
	f.state.Size = size
	if f.flag&os.O_APPEND == 0 {
		if _, err := f.file.Seek(size, io.SeekStart); err != nil {
			f.fail(err)
		}
	}
	return true
}
