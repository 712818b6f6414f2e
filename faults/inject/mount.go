package inject

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Tmpfs is the need of mounting a file system in memory.
func Tmpfs() Need {
	return Need{Name: "mount", Probe: func() error {
		dir, err := os.MkdirTemp("", "faults-")
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(dir) }()
		if err := MountTmpfs(dir, 1<<20); err != nil {
			return err
		}
		return Unmount(dir)
	}}
}

// MountTmpfs mounts a file system of size bytes at dir.
func MountTmpfs(dir string, size int64) error {
	return command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", size), "tmpfs", dir)
}

// Unmount unmounts what is at dir. What is still open there is given a moment to
// be closed, by processes that are being killed.
func Unmount(dir string) error {
	var err error
	for range 100 {
		if err = command("umount", dir); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errors.Join(err, command("umount", "-l", dir))
}

func command(name string, args ...string) error {
	path, err := Look(name)
	if err != nil {
		return err
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
	}
	return nil
}

// Fill takes all the space of the file system of dir with a dot file, whose
// removal gives it back.
func Fill(dir string) (free func() error, err error) {
	path := filepath.Join(dir, ".ballast")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for _, n := range []int{1 << 20, 4096, 1} { // the last page, too
		block := make([]byte, n)
		for {
			if _, err = f.Write(block); err != nil {
				break
			}
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return nil, err
	}
	return func() error { return os.Remove(path) }, nil
}
