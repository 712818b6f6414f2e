//go:build unix && !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package rotate

import (
	"os"
	"time"
)

func setModTime(f *os.File, t time.Time) error { return os.Chtimes(f.Name(), t, t) }
