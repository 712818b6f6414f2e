package inject

import (
	"errors"
	"os"
	"strings"
	"time"
)

// Image is a file system of its own in a file, whose power can be cut.
type Image struct {
	file, dir, options string
	mounted            bool
}

// PowerCut is the need of cutting the power of a file system of the kind ext4 or
// xfs.
func PowerCut(kind string) Need {
	pkg := map[string]string{"ext4": "e2fsprogs", "xfs": "xfsprogs"}[kind]
	need := Program("mkfs."+kind, pkg)
	if need.Probe() != nil {
		return need
	}
	return Need{Name: "a loop device with " + kind, Probe: func() error {
		dir, err := os.MkdirTemp("", "faults-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		at := dir + "/at"
		if err := os.Mkdir(at, 0o755); err != nil {
			return err
		}
		i, err := NewImage(kind, dir+"/image", at)
		if err != nil {
			return err
		}
		return errors.Join(i.Cut(), i.Restart(), i.Close())
	}}
}

// NewImage makes the file system in file and mounts it at dir, with mount's options
// if there are any.
func NewImage(kind, file, dir string, options ...string) (*Image, error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(400<<20), f.Close()); err != nil { // xfs has at least 300 MiB; it is sparse
		return nil, err
	}
	quiet := "-q"
	force := map[string]string{"ext4": "-F", "xfs": "-f"}[kind]
	if err := command("mkfs."+kind, quiet, force, file); err != nil {
		return nil, err
	}
	i := &Image{file: file, dir: dir, options: strings.Join(append(options, "loop"), ",")}
	return i, i.mount()
}

func (i *Image) mount() error {
	err := command("mount", "-o", i.options, i.file, i.dir)
	i.mounted = err == nil
	return err
}

// Cut cuts the power: nothing that is not on the disk by now, journal included,
// gets there any more.
func (i *Image) Cut() error { return shutdown(i.dir) }

// Restart mounts the file system again, as after a restart of the machine. Those
// who have files open there must have been killed. A mount that comes before the
// system has let go of the old one finds that again, which is still cut off: then it
// is tried again.
func (i *Image) Restart() error {
	var err error
	for range 50 {
		if err = errors.Join(i.Close(), i.mount()); err != nil {
			return err
		}
		probe := i.dir + "/.probe"
		if err = os.WriteFile(probe, nil, 0o600); err == nil {
			return os.Remove(probe)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// Close unmounts it.
func (i *Image) Close() error {
	if !i.mounted {
		return nil
	}
	i.mounted = false
	return Unmount(i.dir)
}
