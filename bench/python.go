package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

//go:embed testdata/loads.py
var loadsScript string

// openPython starts a CPython with a script that does its work as often as it is
// told to, and says how long that took; errAbsent where there is none.
func openPython(script string, args ...string) (subject, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return subject{}, errAbsent
	}
	cmd := exec.Command(path, append([]string{"-u", "-c", script}, args...)...)
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return subject{}, err
	}
	if err := cmd.Start(); err != nil {
		return subject{}, err
	}
	return subject{
		foreign: true,
		run: func(n int) (time.Duration, error) {
			if _, err := fmt.Fprintln(in, n); err != nil {
				return 0, err
			}
			var seconds float64
			if _, err := fmt.Fscanln(out, &seconds); err != nil {
				return 0, fmt.Errorf("answer of %s: %w", path, err)
			}
			return time.Duration(seconds * 1e9), nil
		},
		// The end of its input ends it.
		close: func() error { return errors.Join(in.Close(), drain(out), cmd.Wait()) },
	}, nil
}

// drain reads r to its end: Wait closes the pipe.
func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
