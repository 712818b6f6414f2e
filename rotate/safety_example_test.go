//go:build unix

package rotate_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/rotate"
)

// Records that a full disk refuses are written when it has room again.
func ExampleHold() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Hold: &rotate.Hold{Bytes: 32 << 20},
	})
	if err != nil {
		panic(err)
	}
	if _, err := f.Write([]byte("one\n")); err != nil {
		panic(err)
	}
	fmt.Println("a crash would lose", f.Stats().Held)
	fmt.Println(f.Close())
	// Output:
	// a crash would lose 0
	// <nil>
}

// Two Files, of one process or of two, write one file.
func ExampleShared() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Policy:    rotate.Size{MaxBytes: 10 << 20},
		Retention: rotate.Keep{Backups: 5},
		Shared:    &rotate.Shared{},
	})
	if err != nil {
		panic(err)
	}
	defer f.Close()
	other, err := rotate.Open(f.Name(), &rotate.Options{
		Policy:    rotate.Size{MaxBytes: 10 << 20},
		Retention: rotate.Keep{Backups: 5},
		Shared:    &rotate.Shared{},
	})
	if err != nil {
		panic(err)
	}
	defer other.Close()
	for i, w := range []*rotate.File{f, other} {
		if _, err := fmt.Fprintln(w, "file", i); err != nil {
			panic(err)
		}
	}
	text, err := os.ReadFile(f.Name())
	fmt.Printf("%s%v", text, err)
	// Output:
	// file 0
	// file 1
	// <nil>
}

// A record is on the disk when Write returns.
func ExampleOpen_durable() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{Durable: true})
	if err != nil {
		panic(err)
	}
	if _, err := f.Write([]byte("paid\n")); err != nil {
		panic(err) // it is not in the file
	}
	fmt.Println(f.Close())
	// Output: <nil>
}
