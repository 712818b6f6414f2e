package rotate

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkShared writes one file that rolls over at 1 MiB from several processes,
// and says how many records they write in a second together.
func BenchmarkShared(b *testing.B) {
	needsSharing(b)
	for _, processes := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprint(processes), func(b *testing.B) {
			task := processTask{
				Path: filepath.Join(benchDir(b), "app.log"), Goroutines: 1, Records: max(1, b.N/processes),
				Max: 1 << 20, Backups: 5, Grace: -1,
			}
			wait := startProcesses(b, processes, task)
			began := time.Now()
			wait()
			b.ReportMetric(float64(task.Records*processes)/time.Since(began).Seconds(), "records/s")
		})
	}
}
