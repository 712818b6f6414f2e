package lumberjack

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// lumberjack refuses the line.
func TestLongLine(t *testing.T) {
	l := &Logger{MaxSize: 5}
	inBubble(t, l, func(t *testing.T, dir string) {
		write(t, l, "1234", "booooooooooooooo!", "5")
		tree{"foobar.log": "5", at(0): "1234", strings.Replace(at(0), ".000", ".001", 1): "booooooooooooooo!"}.check(t, dir)
	})
}

// lumberjack loses the line, and all that follow.
func TestRollFails(t *testing.T) {
	reported := 0
	l := &Logger{MaxSize: 5, OnError: func(error) { reported++ }}
	inBubble(t, l, func(t *testing.T, dir string) {
		name := strings.Repeat("n", 250) // a backup's would be too long
		l.Filename = filepath.Join(dir, name)
		write(t, l, "1234", "5678", "9")
		tree{name: "123456789"}.check(t, dir)
		if reported != 2 {
			t.Errorf("reported %d times, want with each line that was due", reported)
		}
	})
}

// As with lumberjack, Write after Close opens the file again, and a new Filename
// is a new file.
func TestReopens(t *testing.T) {
	l := &Logger{MaxSize: 5}
	inBubble(t, l, func(t *testing.T, dir string) {
		write(t, l, "1")
		for range 2 {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		write(t, l, "2")
		l.Filename = filepath.Join(dir, "other.log")
		write(t, l, "3")
		l.MaxSize = 10
		write(t, l, "45678")
		tree{"foobar.log": "12", "other.log": "345678"}.check(t, dir)
	})
}

// Writers that meet Close lose nothing.
func TestWritersAndClose(t *testing.T) {
	l := &Logger{Filename: filepath.Join(t.TempDir(), "foobar.log")}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if _, err := l.Write([]byte("line\n")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, l.Filename); got != strings.Repeat("line\n", 8*200) {
		t.Errorf("%d bytes, want %d", len(got), 8*200*5)
	}
}

func TestWriteAllocs(t *testing.T) {
	l := &Logger{Filename: filepath.Join(t.TempDir(), "foobar.log")}
	defer l.Close()
	line := []byte("line\n")
	if n := testing.AllocsPerRun(100, func() { _, _ = l.Write(line) }); n != 0 {
		t.Errorf("%v allocations a line, want 0", n)
	}
}
