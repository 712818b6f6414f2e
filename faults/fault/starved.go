package fault

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ProcessorWait is how long the threads of this process have been ready to run, and
// waited for others, and how long processors were taken from this machine by the one
// that it runs on. Linux tells; of other systems nothing is known.
func ProcessorWait() time.Duration { return stolen() + threadsWait("self") }

// ProcessorWaitOf is the same of this process and another one.
func ProcessorWaitOf(pid int) time.Duration {
	return ProcessorWait() + threadsWait(strconv.Itoa(pid))
}

func threadsWait(process string) (sum time.Duration) {
	files, _ := filepath.Glob("/proc/" + process + "/task/*/schedstat")
	for _, name := range files {
		sum += waited(name)
	}
	return sum
}

// Took is how long a call took, without the time for which threads waited for a
// processor meanwhile: on a machine that is busy any call can take long.
func Took(call func()) time.Duration {
	waited, begun := ProcessorWait(), time.Now()
	call()
	took := time.Since(begun)
	return took - max(0, ProcessorWait()-waited)
}

// ThreadWait is the ProcessorWait of the one thread that calls, which has to be locked
// to its goroutine.
func ThreadWait() time.Duration { return waited("/proc/thread-self/schedstat") + stolen() }

// waited is what a schedstat says.
func waited(name string) time.Duration {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0 // a thread that has ended meanwhile
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	ns, _ := strconv.ParseInt(fields[1], 10, 64)
	return time.Duration(ns)
}

// WaitOf waits for d, for as long again as a process had no processor meanwhile, and
// until none of its threads waits for a disk: what it was to do by then it has done.
func WaitOf(ctx context.Context, pid int, d time.Duration) {
	had := ProcessorWaitOf(pid)
	for begun, busy := time.Now(), time.Duration(0); time.Since(begun) < d+busy && ctx.Err() == nil; busy = ProcessorWaitOf(pid) - had {
		Wait(ctx, time.Until(begun.Add(d+busy)))
	}
	_ = Until(ctx, func() bool { return !waitsForDisk(pid) })
}

// waitsForDisk says that a thread of the process does, by proc(5)'s stat.
func waitsForDisk(pid int) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, name := range files {
		text, _ := os.ReadFile(name)
		if _, state, ok := strings.Cut(string(text), ") "); ok && strings.HasPrefix(state, "D") {
			return true
		}
	}
	return false
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
