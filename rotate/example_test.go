package rotate_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/rotate"
)

// A file of at most 10 bytes, and two before it.
func ExampleOpen_size() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy:    rotate.Size{MaxBytes: 10},
		Retention: rotate.Keep{Backups: 2},
	})
	if err != nil {
		panic(err)
	}
	for _, record := range []string{"one\n", "two\n", "three\n", "four\n"} {
		if _, err := f.Write([]byte(record)); err != nil {
			panic(err)
		}
	}
	if err := f.Close(); err != nil {
		panic(err)
	}
	show(dir)
	// Output:
	// app.log: "four\n"
	// app.log.1: "three\n"
	// app.log.2: "one\ntwo\n"
}

// A new file every night at half past two, UTC, and seven before it.
func ExampleOpen_timed() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy:    rotate.Timed{When: "midnight", AtTime: &rotate.TimeOfDay{Hour: 2, Minute: 30}, UTC: true},
		Retention: rotate.Keep{Backups: 7},
	})
	if err != nil {
		panic(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte("one\n")); err != nil {
		panic(err)
	}
	fmt.Println(f.Stats().Next.Format("15:04"))
	// Output: 02:30
}

// Any logger that writes to an io.Writer can write to a File.
func ExampleFile_slog() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy:    rotate.Size{MaxBytes: 10 << 20},
		Retention: rotate.Keep{Backups: 5},
		OnError:   func(err error) { fmt.Fprintln(os.Stderr, err) },
	})
	if err != nil {
		panic(err)
	}
	log := slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	log.Info("started", "port", 8080)
	if err := f.Close(); err != nil {
		panic(err)
	}
	show(dir)
	// Output:
	// app.log: "{\"level\":\"INFO\",\"msg\":\"started\",\"port\":8080}\n"
}

func show(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s: %q\n", e.Name(), content)
	}
}

// A new file every day, and a new one for every 10 bytes of a day; the day ends
// though nothing is written.
func ExampleSizeAndTime() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy: rotate.SizeAndTime{
			Size:  rotate.Size{MaxBytes: 10},
			Timed: rotate.Timed{When: "midnight"},
		},
		Retention: rotate.Keep{Backups: 7},
		Timer:     true,
	})
	if err != nil {
		panic(err)
	}
	for _, record := range []string{"one\n", "two\n", "three\n"} {
		if _, err := f.Write([]byte(record)); err != nil {
			panic(err)
		}
	}
	fmt.Println(f.Stats().Rolls, f.Stats().Size)
	if err := f.Close(); err != nil {
		panic(err)
	}
	// Output: 1 6
}

// Backups are compressed and kept for a week, as long as they leave the disk a
// gigabyte and are smaller together than another one.
func ExampleKeep() {
	f, err := rotate.Open("app.log", &rotate.Options{
		Policy:   rotate.Timed{When: "midnight"},
		Compress: rotate.Zstd(),
		Retention: rotate.Keep{
			MaxAge:        7 * 24 * time.Hour,
			MaxTotalBytes: 1 << 30,
			MinFree:       1 << 30,
		},
		Perm:    0o640,
		OnError: func(err error) { fmt.Fprintln(os.Stderr, err) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
}

// A backup is sent away when it is ready, and none is removed before that.
func ExampleOptions_hooks() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	sent := make(chan string, 9)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy:    rotate.Size{MaxBytes: 10},
		Retention: rotate.Keep{Backups: 3},
		Compress:  rotate.Gzip(),
		AfterRoll: func(backup string) { sent <- filepath.Base(backup) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprintln(f, "one, two")
	fmt.Fprintln(f, "three")
	if err := f.Close(); err != nil {
		fmt.Println(err)
	}
	fmt.Println(<-sent)
	// Output: app.log.1.gz
}
