package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestServeSyslog: what send sends in each format over each kind of socket is
// written, beside pickles.
func TestServeSyslog(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sluice.log")
	s := startServe(t, "--tcp", "off", "--udp", "127.0.0.1:0", "--syslog-tcp", "127.0.0.1:0", "--syslog-udp", "127.0.0.1:0",
		"--syslog-unix", filepath.Join(dir, "s"), "--syslog-unixgram", filepath.Join(dir, "g"), "--file", file)
	at := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^  (\S+) +(\S+) +SysLogHandler$`).FindAllStringSubmatch(s.banner, -1) {
		at[m[1]] = m[2]
	}
	if len(at) != 4 || !strings.Contains(s.banner, "DatagramHandler(\"127.0.0.1\", ") {
		t.Fatalf("the banner does not name all sockets:\n%s", s.banner)
	}
	for network, address := range at {
		for _, args := range [][]string{{"--syslog", "bare"}, {"--syslog", "rfc3164"}, {"--syslog", "rfc5424"}, {"--syslog", "rfc5424", "--framing", "lf"}} {
			if len(args) == 4 && network != "tcp" {
				continue
			}
			args = append([]string{"--" + network, address, "--count", "2"}, append(args, "hello from "+network)...)
			if status, said := sluiceSend(args...); status != exitOK {
				t.Errorf("%v: status %d, %s", args, status, said)
			}
		}
	}
	status, last := s.stop(t, syscall.SIGTERM)
	if want := "sluice: 26 records came in, 26 were written, 0 were refused"; status != exitOK || last != want {
		t.Errorf("status %d, %q, want %q", status, last, want)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for network, want := range map[string]int{"tcp": 8, "udp": 6, "unix": 6, "unixgram": 6} {
		if n := strings.Count(string(data), "hello from "+network+" ") + strings.Count(string(data), "hello from "+network+"\""); n != want {
			t.Errorf("%d records over %s, want %d:\n%s", n, network, want, data)
		}
	}
}

func TestSyslogCannotBeSigned(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--syslog-udp", "127.0.0.1:0"}, {"send", "--syslog", "bare"}} {
		var out strings.Builder
		if status := run(append(args, "--hmac-key-file", key), world{t.Context(), nil, &out, &out}); status != exitUsage || !strings.Contains(out.String(), "signed") {
			t.Errorf("%v: status %d, %s", args, status, out.String())
		}
	}
}
