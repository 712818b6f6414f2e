package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Behind a queue every record that came in is written, and the summary is exact.
func TestServeQueue(t *testing.T) {
	const records = 5000
	for _, c := range []struct {
		size    int
		console bool
	}{
		{16, false},
		// Beside a terminal the queue waits for five seconds, and this machine may stand
		// still for longer: so there is room.
		{records, true},
	} {
		file := filepath.Join(t.TempDir(), "sluice.log")
		args := []string{"--tcp", "127.0.0.1:0", "--udp", "off", "--file", file, "--queue", "memory", "--queue-size", fmt.Sprint(c.size)}
		if c.console {
			args = append(args, "--console", "always")
		}
		s := startServe(t, args...)
		sendTo(t, "tcp", s.addr["tcp"], bytes.Repeat(frame(t), records))
		status, last := s.stop(t, os.Interrupt)
		if want := fmt.Sprintf("sluice: %d records came in, %[1]d were written, 0 were refused", records); status != exitOK || last != want {
			t.Errorf("status %d, %q, want %q: %s", status, last, want, s.stderr.String())
		}
		got := map[string][]byte{"file": read(t, file)}
		if c.console {
			got["console"] = s.stderr.Bytes()
		}
		for what, data := range got {
			if n := bytes.Count(data, []byte("worker rollback session order")); n != records {
				t.Errorf("the %s has %d of %d records", what, n, records)
			}
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A terminal that is stopped does not hold up the file.
func TestServeStoppedTerminal(t *testing.T) {
	const records = 5000
	for _, queue := range []string{"off", "memory", "spool"} {
		t.Run(queue, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "sluice.log")
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			s := startServeWith(t, func(cmd *exec.Cmd) { cmd.Stderr = w }, "--tcp", "127.0.0.1:0", "--udp", "off", "--file", file,
				"--queue", queue, "--queue-size", "64", "--console", "always", "--max-bytes", "0")
			w.Close()
			one := frame(t)
			sendTo(t, "tcp", s.addr["tcp"], bytes.Repeat(one, records))
			until(t, "the file has all", func() bool { return bytes.Count(read(t, file), []byte("\n")) >= records })
			if n := strings.Count(string(read(t, file)), "worker rollback session order"); n != records {
				t.Errorf("the file has %d of %d records", n, records)
			}
			go func() { _, _ = io.Copy(io.Discard, r) }() // it goes on
			if _, last := s.stop(t, os.Interrupt); !strings.HasPrefix(last, fmt.Sprintf("sluice: %d records came in, %[1]d were written", records)) {
				t.Errorf("it said %q", last)
			}
		})
	}
}
