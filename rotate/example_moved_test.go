//go:build !windows

package rotate_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/rotate"
)

// What logrotate moves away is not written to any more.
func ExampleOpen_watch() {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "app.log")
	f, err := rotate.Open(path, &rotate.Options{Watch: true})
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(f, "one")
	if err := os.Rename(path, path+".old"); err != nil {
		fmt.Println(err)
	}
	fmt.Fprintln(f, "two")
	if err := f.Close(); err != nil {
		panic(err)
	}
	show(dir)
	// Output:
	// app.log: "two\n"
	// app.log.old: "one\n"
}
