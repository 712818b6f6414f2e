package rotate

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// record is a line as logs have them.
var record = append(bytes.Repeat([]byte("x"), 199), '\n')

// benchDir is on a file system in memory where there is one: the disk's own
// pace would hide ours.
func benchDir(b *testing.B) string {
	dir, err := os.MkdirTemp("/dev/shm", "rotate")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// BenchmarkWrite compares a File with the bare os.File beneath it. Size rolls
// over every 10 MiB, Timed every day.
func BenchmarkWrite(b *testing.B) {
	files := []struct {
		name string
		open func(path string) (io.WriteCloser, error)
	}{
		{"os.File", func(path string) (io.WriteCloser, error) {
			return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
		}},
		{"Plain", opener(Options{})},
		{"Size", opener(Options{Policy: Size{MaxBytes: 10 << 20}, Retention: Keep{Backups: 5}})},
		{"Timed", opener(Options{Policy: Timed{When: "midnight"}, Retention: Keep{Backups: 5}})},
		{"Watch", opener(Options{Watch: true})},
	}
	for _, file := range files {
		b.Run(file.name, func(b *testing.B) {
			path := filepath.Join(benchDir(b), "app.log")
			f, err := file.open(path)
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				// What does not roll would fill the memory.
				if i&0xffff == 0 && file.name != "Size" {
					if err := os.Truncate(path, 0); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := f.Write(record); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWriteParallel writes from many goroutines at once, with a mutex around
// the bare os.File and without one around a File. With think each computes for 5
// µs before every record; with burn four others do nothing but compute.
func BenchmarkWriteParallel(b *testing.B) {
	files := []struct {
		name string
		open func(path string) (io.WriteCloser, error)
	}{
		{"mutex", func(path string) (io.WriteCloser, error) {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
			return &lockedFile{File: f}, err
		}},
		{"Size", opener(Options{Policy: Size{MaxBytes: 10 << 20}, Retention: Keep{Backups: 5}})},
	}
	for _, load := range []string{"", "think", "burn"} {
		for _, writers := range []int{8, 64} {
			for _, file := range files {
				b.Run(fmt.Sprintf("%s%d/%s", load, writers, file.name), func(b *testing.B) {
					path := filepath.Join(benchDir(b), "app.log")
					f, err := file.open(path)
					if err != nil {
						b.Fatal(err)
					}
					defer f.Close()
					defer burn(load)()
					b.ReportAllocs()
					b.SetParallelism((writers + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if load == "think" {
								for start := time.Now(); time.Since(start) < 5*time.Microsecond; {
								}
							}
							if _, err := f.Write(record); err != nil {
								b.Error(err)
							}
						}
					})
				})
			}
		}
	}
}

type lockedFile struct {
	mu sync.Mutex
	*os.File
}

func (f *lockedFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.File.Write(p)
}

// burn keeps the processors busy until the function it returns is called.
func burn(load string) (stop func()) {
	var stopped atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		if load == "burn" {
			wg.Go(func() {
				for !stopped.Load() {
				}
			})
		}
	}
	return func() {
		stopped.Store(true)
		wg.Wait()
	}
}

// BenchmarkWriteBatch writes 64 records at a time; ns/op is of one record.
func BenchmarkWriteBatch(b *testing.B) {
	const records = 64
	p := bytes.Repeat(record, records)
	var ends []int
	for i := range records {
		ends = append(ends, (i+1)*len(record))
	}
	f, err := Open(filepath.Join(benchDir(b), "app.log"), &Options{Policy: Size{MaxBytes: 10 << 20}, Retention: Keep{Backups: 5}})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	for i := 0; i < b.N; i += records {
		if _, err := f.WriteBatch(p, ends); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRoll forces rollovers with five backups.
func BenchmarkRoll(b *testing.B) {
	f, err := Open(filepath.Join(benchDir(b), "app.log"), &Options{Policy: Size{MaxBytes: 10 << 20}, Retention: Keep{Backups: 5}})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Write(record); err != nil {
			b.Fatal(err)
		}
		if err := f.Roll(); err != nil {
			b.Fatal(err)
		}
	}
}

func opener(o Options) func(path string) (io.WriteCloser, error) {
	return func(path string) (io.WriteCloser, error) { return Open(path, &o) }
}
