package fault

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ProcessorWait is how long the threads of this process have been ready to run, and
// waited for others, and how long processors were taken from this machine by the one
// that it runs on. Linux tells; of other systems nothing is known.
func ProcessorWait() time.Duration {
	files, _ := filepath.Glob("/proc/self/task/*/schedstat")
	sum := stolen()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that has ended meanwhile
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if ns, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				sum += time.Duration(ns)
			}
		}
	}
	return sum
}

// stolen is told in hundredths of a second.
func stolen() time.Duration {
	const tick, name, steal = 10 * time.Millisecond, "cpu", 8
	text, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(first)
	if len(fields) <= steal || fields[0] != name {
		return 0
	}
	n, _ := strconv.ParseInt(fields[steal], 10, 64)
	return time.Duration(n) * tick
}
