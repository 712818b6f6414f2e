package lumberjack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMigration follows the guide in docs/lumberjack.md as it is written: its
// commands are run beside a program that uses lumberjack, which then is compiled
// with the module that this test is in, and run.
func TestMigration(t *testing.T) {
	page, err := os.ReadFile("../../docs/lumberjack.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(page)
	if guide == nil {
		t.Fatal("the page has no commands")
	}
	dir := t.TempDir()
	program, err := os.ReadFile("testdata/program/main.go")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, program, 0o666); err != nil {
		t.Fatal(err)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh: Debian package dash")
	}
	change := exec.Command(sh, "-e", "-c", string(guide[1]))
	change.Dir = dir
	if out, err := change.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", guide[1], err, out)
	}
	changed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(string(program), "gopkg.in/natefinch/lumberjack.v2", "github.com/sluicelog/sluice/rotate/lumberjack", 1)
	if string(changed) != want {
		t.Fatalf("the program is now\n%s", changed)
	}
	logs := filepath.Join(dir, "logs")
	out, err := exec.Command("go", "run", file, logs).CombinedOutput()
	if err != nil || string(out) != "5 true\n" {
		t.Fatalf("go run: %v\n%s", err, out)
	}
	entries, err := os.ReadDir(logs)
	if err != nil || len(entries) != 2 {
		t.Fatalf("the logs are %v, %v; want two files", entries, err)
	}
	backup := entries[0].Name()
	if ok, _ := filepath.Match("app-????-??-??T??-??-??.???.log.gz", backup); !ok {
		t.Errorf("the backup is %s", backup)
	}
	if content, err := os.ReadFile(filepath.Join(logs, "app.log")); err != nil || string(content) != "after Rotate\n" {
		t.Errorf("the log is %q, %v", content, err)
	}
}
