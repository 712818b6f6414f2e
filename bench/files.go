package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// places are the file systems that suites write to, a column each.
func places(o options) []column {
	var cols []column
	for _, c := range []column{{name: "tmpfs", dir: o.memory}, {name: "disk", dir: o.disk}} {
		if fi, err := os.Stat(c.dir); err == nil && fi.IsDir() {
			cols = append(cols, c)
		}
	}
	return cols
}

// fileColumns are the columns of the suites that write files: each file system
// with one, eight and 64 goroutines.
func fileColumns(o options) []column {
	var cols []column
	for _, place := range places(o) {
		for _, g := range []int{1, 8, 64} {
			cols = append(cols, column{name: fmt.Sprintf("%s g=%d", place.name, g), goroutines: g, dir: place.dir})
		}
	}
	return cols
}

// fileOpener opens a contender's file app.log in an empty directory.
type fileOpener func(path string) (io.WriteCloser, error)

// openIn opens the contender's file in a directory of its own, which is removed
// afterwards, and measures what use makes of it.
func openIn(c column, open fileOpener, use func(io.Writer) (op func())) (subject, error) {
	return openFor(c, open, use, operation)
}

// openFor is openIn for operations of another kind.
func openFor(c column, open fileOpener, use func(io.Writer) (op func()), operation func(int, func()) subject) (subject, error) {
	dir, err := os.MkdirTemp(c.dir, "sluice-bench-")
	if err != nil {
		return subject{}, err
	}
	f, err := open(filepath.Join(dir, "app.log"))
	if err != nil {
		return subject{}, errors.Join(err, os.RemoveAll(dir))
	}
	s := operation(c.goroutines, use(f))
	s.close = func() error {
		// Loggers drop errors: this one tells a file system that has become full.
		_, err := f.Write([]byte("end\n"))
		return errors.Join(err, f.Close(), removeAll(dir))
	}
	return s, nil
}

// removeAll removes dir. Some contenders still tidy up behind a Close, so that a
// file may appear or go meanwhile.
func removeAll(dir string) error {
	var err error
	for range 100 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
	}
	return err
}
