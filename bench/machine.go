package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine says where and when a run was made, as far as that can be seen.
func machine() string {
	parts := []string{
		time.Now().Format("2 January 2006"),
		runtime.Version(),
		runtime.GOOS + "/" + runtime.GOARCH + kernel(),
		strconv.Itoa(runtime.GOMAXPROCS(0)) + " processors",
	}
	if model := processor(); model != "" {
		parts = append(parts, model)
	}
	return strings.Join(parts, ", ")
}

// kernel gives the version of Linux, without what its builder added.
func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(b)), "-")
	return " " + version
}

// processor gives the model, family and number of Linux's first processor:
// virtual machines often hide the name.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(b), "\n\n")
	fields := map[string]string{}
	for line := range strings.Lines(first) {
		if key, value, ok := strings.Cut(line, ":"); ok {
			fields[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	if fields["model name"] == "" {
		return ""
	}
	return fields["model name"] + " (family " + fields["cpu family"] + ", model " + fields["model"] + ")"
}
