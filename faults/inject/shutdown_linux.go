package inject

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// From linux/fs.h and xfs_fs.h; unix has only the second for some architectures.
const (
	fsIocShutdown      = 0x8004587d
	shutdownNoLogFlush = 2
)

// shutdown stops the file system at dir where it stands, without its journal.
func shutdown(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.IoctlSetPointerInt(int(f.Fd()), fsIocShutdown, shutdownNoLogFlush); err != nil {
		return fmt.Errorf("shut down %s: %w", dir, err)
	}
	return nil
}
