// Package inject makes faults on a Linux machine: with real tools and real file
// systems, not with seams in the program.
//
// # Limits
//
// Most of it needs root and what a container may withhold. Each injector has a
// Need that tells whether it can work here.
package inject

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// Need is what an injector or a contender has to find on the machine.
type Need struct {
	Name    string
	Package string // Debian's that has it; empty: no package brings it
	Probe   func() error
}

// Program is the need of a program.
func Program(name, pkg string) Need {
	return Need{Name: name, Package: pkg, Probe: func() error {
		_, err := Look(name)
		return err
	}}
}

// Look finds a program, also where only root looks.
func Look(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin/", "/sbin/"} {
		if _, err := os.Stat(dir + name); err == nil {
			return dir + name, nil
		}
	}
	return "", err
}

// Python is the need of CPython.
func Python() Need { return Program("python3", "python3") }

// Logrotate is the need of logrotate.
func Logrotate() Need { return Program("logrotate", "logrotate") }

// Linux is the need of Linux.
func Linux() Need {
	return Need{Name: "Linux", Probe: func() error {
		if runtime.GOOS != "linux" {
			return fmt.Errorf("this is %s", runtime.GOOS)
		}
		return nil
	}}
}

// Root is the need of being root.
func Root() Need {
	return Need{Name: "root", Probe: func() error {
		if os.Geteuid() != 0 {
			return fmt.Errorf("the user is %d", os.Geteuid())
		}
		return nil
	}}
}

// Strace is the need of an strace that may trace.
func Strace() Need {
	return Need{Name: "strace", Package: "strace", Probe: func() error {
		path, err := Look("strace")
		if err != nil {
			return err
		}
		if out, err := exec.Command(path, "-f", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
			return fmt.Errorf("strace: %w: %s", err, out)
		}
		return nil
	}}
}
