//go:build linux && amd64

package rotate

import "syscall"

const sysFstatat = syscall.SYS_NEWFSTATAT
