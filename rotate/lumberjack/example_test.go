package lumberjack_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/rotate/lumberjack"
)

func Example() {
	dir, err := os.MkdirTemp("", "lumberjack")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	l := &lumberjack.Logger{
		Filename:   filepath.Join(dir, "app.log"),
		MaxSize:    10, // megabytes
		MaxBackups: 3,
		MaxAge:     28, // days
		Compress:   true,
		OnError:    func(err error) { fmt.Fprintln(os.Stderr, err) },
	}
	defer l.Close()
	log := log.New(l, "", 0)
	log.Print("hello")
	content, err := os.ReadFile(l.Filename)
	fmt.Printf("%s%v\n", content, err)
	// Output:
	// hello
	// <nil>
}

func ExampleLogger_Rotate() {
	dir, err := os.MkdirTemp("", "lumberjack")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	l := &lumberjack.Logger{Filename: filepath.Join(dir, "app.log")}
	defer l.Close()
	fmt.Fprintln(l, "before")
	if err := l.Rotate(); err != nil {
		panic(err)
	}
	fmt.Fprintln(l, "after")
	entries, err := os.ReadDir(dir)
	fmt.Println(len(entries), err)
	// Output: 2 <nil>
}
