package config

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// LoadFile is Load for the file at path, which must be a regular one of at most
// 1 MiB.
func LoadFile(path string, o *Options) (*System, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Load(path, data, o)
}

// ReloadFile is Reload for the file at path.
func (s *System) ReloadFile(ctx context.Context, path string) error {
	data, err := ReadFile(path)
	if err != nil {
		return err
	}
	return s.Reload(ctx, path, data)
}

// CheckFile is Check for the file at path.
func CheckFile(path string, o *Options) (*Report, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Check(path, data, o)
}

// ReadFile reads a configuration, and nothing that may have no end: a device, a pipe,
// a directory and a file of more than 1 MiB are Errors.
func ReadFile(path string) ([]byte, error) {
	data, err := readFile(path)
	if err != nil {
		var at *fs.PathError
		why := err
		if errors.As(err, &at) {
			why = at.Err
		}
		return nil, Errors{{File: path, Message: why.Error(), Err: err}}
	}
	return data, nil
}

func readFile(path string) ([]byte, error) {
	// A pipe would be waited for, and opening a device may do anything.
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := regular(st); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if st, err = f.Stat(); err != nil {
		return nil, err
	}
	if err := regular(st); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = errTooLarge
	}
	return data, err
}

var errTooLarge = errors.New("more than 1 MiB: too large for a configuration")

func regular(st fs.FileInfo) error {
	switch {
	case st.IsDir():
		return errors.New("a directory, and not a file")
	case !st.Mode().IsRegular():
		return errors.New("a device, a pipe or a socket, and not a file")
	case st.Size() > maxSize:
		return errTooLarge
	}
	return nil
}
