package balance

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// File is what a file of the destination has.
type File struct {
	Name    string
	ModTime time.Time
	IDs     []ID // in order
	Torn    int
	Cut     bool // the last of the torn ones is the file's end
}

// ReadFiles finds every line of the files of dir whose names begin with prefix,
// also of compressed ones, and gives them in the order of their names. Dot files
// never count: a log shipper would not see them either.
func (l *Ledger) ReadFiles(dir, prefix string) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || e.IsDir() {
			continue
		}
		f, err := l.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// ReadFile finds every line of one file.
func (l *Ledger) ReadFile(path string) (File, error) {
	in, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer in.Close()
	fi, err := in.Stat()
	if err != nil {
		return File{}, err
	}
	f := File{Name: filepath.Base(path), ModTime: fi.ModTime()}
	var r io.Reader = in
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(in)
		if err != nil {
			l.Torn(fmt.Appendf(nil, "%s: %v", f.Name, err))
			f.Torn++
			return f, nil
		}
		r = z
	}
	err = l.read(r, &f)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return f, err
		}
		l.Torn(fmt.Appendf(nil, "%s: %v", f.Name, err)) // an archive that is cut, a disk that cannot be read
		f.Torn++
	}
	return f, nil
}

func (l *Ledger) read(r io.Reader, f *File) error {
	in := bufio.NewReaderSize(r, 256<<10)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			whole, ended := bytes.CutSuffix(line, []byte("\n"))
			if !ended {
				l.Torn(line)
				f.Torn, f.Cut = f.Torn+1, true
			} else if id, ok := l.Found(whole); ok {
				f.IDs = append(f.IDs, id)
			} else {
				f.Torn++
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
