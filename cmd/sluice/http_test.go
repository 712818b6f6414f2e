package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestServeHTTP: what send posts with the right token is written, and nothing else.
func TestServeHTTP(t *testing.T) {
	dir := t.TempDir()
	file, token, other := filepath.Join(dir, "sluice.log"), filepath.Join(dir, "token"), filepath.Join(dir, "other")
	for path, text := range map[string]string{token: "s3cret\n", other: "hunter2"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startServe(t, "--tcp", "off", "--udp", "off", "--http", "127.0.0.1:0", "--http-token-file", token, "--file", file)
	m := regexp.MustCompile(`(?m)^  tcp +(\S+) +HTTPHandler$`).FindStringSubmatch(s.banner)
	if m == nil || !strings.Contains(s.banner, `logging.handlers.HTTPHandler("`+m[1]+`", "/log", "POST")`) {
		t.Fatalf("the banner does not name the socket:\n%s", s.banner)
	}
	for _, tt := range []struct {
		args   []string
		status int
		said   string
	}{
		{[]string{"--http", "http://" + m[1] + "/log?app=x", "--http-token-file", token}, exitOK, "sent 2 records"},
		{[]string{"--http", "http://app:s3cret@" + m[1], "--count", "1"}, exitOK, "sent 1 record"},
		{[]string{"--http", "http://" + m[1] + "/log"}, exitFailure, "401"},
		{[]string{"--http", "http://" + m[1] + "/log", "--http-token-file", other}, exitFailure, "401"},
		{[]string{"--http", "ftp://app:hunter2@" + m[1]}, exitUsage, "want a URL"},
		{[]string{"--http", "http://%zz:hunter2@h"}, exitUsage, "want a URL"},
		{[]string{"--http", "http://" + m[1], "--syslog", "bare"}, exitUsage, "syslog"},
	} {
		status, said := sluiceSend(append([]string{"--count", "2", "hello there"}, tt.args...)...)
		if status != tt.status || !strings.Contains(said, tt.said) || strings.Contains(said, "hunter2") || strings.Contains(said, "s3cret") {
			t.Errorf("%v: status %d, %s", tt.args, status, said)
		}
	}
	status, last := s.stop(t, syscall.SIGTERM)
	if want := "sluice: 3 records came in, 3 were written, 2 were refused: 2 no token"; status != exitOK || last != want {
		t.Errorf("status %d, %q, want %q", status, last, want)
	}
	if data, err := os.ReadFile(file); err != nil || strings.Count(string(data), `msg="hello there"`) != 3 {
		t.Errorf("%v, the file holds\n%s", err, data)
	}
}
