package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sluicelog/sluice"
)

// sluiceSend runs sluice send, with all the time that a busy machine may need, and gives
// its status and what it said.
func sluiceSend(args ...string) (int, string) {
	var out bytes.Buffer
	status := run(append([]string{"send", "--timeout", "1m"}, args...), world{context.Background(), strings.NewReader(""), &out, &out})
	return status, out.String()
}

// TestSigned: with a key serve writes what send signed with the same one, and
// nothing else.
func TestSigned(t *testing.T) {
	dir := t.TempDir()
	key, other, file := filepath.Join(dir, "key"), filepath.Join(dir, "other"), filepath.Join(dir, "log")
	for path, text := range map[string]string{key: "secret\n", other: "another\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "127.0.0.1:0", "--file", file, "--hmac-key-file", key)
	for _, tt := range []struct {
		message string
		args    []string
	}{
		{"signed", []string{"--tcp", s.addr["tcp"], "--hmac-key-file", key}},
		{"signed datagram", []string{"--udp", s.addr["udp"], "--hmac-key-file", key}},
		{"forged", []string{"--tcp", s.addr["tcp"], "--hmac-key-file", other}},
		{"unsigned", []string{"--udp", s.addr["udp"]}},
	} {
		if status, said := sluiceSend(append(tt.args, "--count", "1", tt.message)...); status != exitOK {
			t.Fatalf("%s: status %d: %s", tt.message, status, said)
		}
	}
	status, last := s.stop(t, syscall.SIGTERM)
	if want := "sluice: 4 records came in, 2 were written, 2 were refused: 2 forged"; status != exitOK || last != want {
		t.Errorf("status %d, %q, want %q", status, last, want)
	}
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(data), "forged") || strings.Contains(string(data), "unsigned") {
		t.Errorf("the file holds\n%s%v", data, err)
	}
}

func TestSecurityMistakes(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   string
		status int
		said   string
	}{
		{"serve --tls-cert x", exitUsage, "go together"},
		{"serve --tls-client-ca x", exitUsage, "--tls-cert"},
		{"serve --tls-unix", exitUsage, "--tls-cert"},
		{"serve --tls-cert x --tls-key y", exitFailure, "no such file"},
		{"serve --hmac-key-file nowhere", exitFailure, "no such file"},
		{"serve --hmac-key-file " + empty, exitFailure, "empty"},
		{"send --tls-ca " + empty, exitFailure, "no certificates"},
		{"send --tls-ca nowhere", exitFailure, "no such file"},
		{"send --tls-cert x --tls-key y", exitFailure, "no such file"},
		{"send --tls-server-name x", exitUsage, "--tls-ca"},
		{"send --syslog bare --facility nonsense", exitUsage, "nonsense"},
		{"send --tcp nonsense", exitUsage, "nonsense"},
	} {
		t.Chdir(t.TempDir())
		var out bytes.Buffer
		status := run(strings.Fields(tt.args), world{context.Background(), strings.NewReader(""), &out, &out})
		if status != tt.status || !strings.Contains(out.String(), tt.said) {
			t.Errorf("%s: status %d, want %d: %s", tt.args, status, tt.status, out.String())
		}
		if _, err := os.Stat("logs"); err == nil {
			t.Errorf("%s left a directory behind", tt.args)
		}
	}
}

// TestSeenIn: the IDs are found in the last lines of the file and its backups.
func TestSeenIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	id := func(n uint64) sluice.ID { return sluice.ID{Source: 0xabcdef, Seq: n} }
	for name, text := range map[string]string{
		path:            "level=INFO msg=x sluice_id=" + id(3).String() + "\n",
		path + ".1":     `{"level":"INFO","sluice_id":"` + id(2).String() + `","n":1}` + "\n",
		path + ".2":     "INFO x sluice_id: " + id(5).String() + "\n" + `{"message": "y", "sluice_id": "` + id(6).String() + `"}` + "\n", // Python's formats
		path + ".1.gz":  "sluice_id=" + "nonsense",
		path + ".other": "",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := seenIn(path)
	if !seen.Add(id(1)) || seen.Add(id(2)) || seen.Add(id(3)) || !seen.Add(id(4)) || seen.Add(id(5)) || seen.Add(id(6)) {
		t.Error("not the four IDs of the files are known")
	}
}
