//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package rotate

import (
	"os"
	"syscall"
	"time"
)

func setModTime(f *os.File, t time.Time) error {
	tv := syscall.NsecToTimeval(t.UnixNano())
	return retry(func() error { return syscall.Futimes(int(f.Fd()), []syscall.Timeval{tv, tv}) })
}
