package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/sluicelog/sluice/faults/inject"
)

// machine says on what the newest rows were made.
func machine() string {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	parts := []string{
		fmt.Sprintf("%s/%s %s", runtime.GOOS, runtime.GOARCH, strings.TrimSpace(string(kernel))),
		fmt.Sprintf("%d processors", runtime.NumCPU()), runtime.Version(),
	}
	if path, err := inject.Look("python3"); err == nil {
		if out, err := exec.Command(path, "-c", "import platform; print('CPython', platform.python_version())").Output(); err == nil {
			parts = append(parts, strings.TrimSpace(string(out)))
		}
	}
	return "The newest rows: " + strings.Join(parts, ", ") + "; lumberjack 2.2.1, timberjack 1.4.9."
}
