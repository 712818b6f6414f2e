package inject

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const blkio = "/sys/fs/cgroup/blkio"

// Blkio is the need of slowing a disk down by a control group.
func Blkio() Need {
	return Need{Name: "the control group blkio (version 1)", Probe: func() error {
		dir, err := os.MkdirTemp(blkio, "faults-")
		if err != nil {
			return err
		}
		return os.Remove(dir)
	}}
}

// SlowDown gives the command line for a process for which the disk of the image
// takes only so many bytes a second. Undo is called when it has ended.
func (i *Image) SlowDown(bytesPerSecond int) (wrap []string, undo func() error, err error) {
	device, err := i.device()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp(blkio, "faults-")
	if err != nil {
		return nil, nil, err
	}
	limit := fmt.Sprintf("%s %d\n", device, bytesPerSecond)
	if err := os.WriteFile(filepath.Join(dir, "blkio.throttle.write_bps_device"), []byte(limit), 0); err != nil {
		return nil, nil, errors.Join(err, os.Remove(dir))
	}
	join := fmt.Sprintf(`echo $$ >%s/cgroup.procs && exec "$@"`, dir)
	return []string{"sh", "-c", join, "sh"}, func() error { return os.Remove(dir) }, nil
}

// device is the numbers of the loop device.
func (i *Image) device() (string, error) {
	path, err := Look("losetup")
	if err != nil {
		return "", err
	}
	out, err := exec.Command(path, "-j", i.file, "-O", "NAME", "-n").Output()
	if err != nil {
		return "", fmt.Errorf("losetup: %w", err)
	}
	numbers, err := os.ReadFile("/sys/block/" + filepath.Base(strings.TrimSpace(string(out))) + "/dev")
	return string(bytes.TrimSpace(numbers)), err
}
