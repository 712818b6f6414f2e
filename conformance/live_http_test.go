package conformance

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

// sendHTTP has Python send its records through HTTPHandlers, and gives what they are.
func sendHTTP(t *testing.T, cases ...string) []map[string]string {
	t.Helper()
	py, out := python(t), filepath.Join(t.TempDir(), "out")
	if text, err := exec.Command(py, append([]string{filepath.Join("testdata", "peers", "send_http.py"), out}, cases...)...).CombinedOutput(); err != nil {
		t.Fatalf("send_http.py: %v\n%s", err, text)
	}
	data, err := os.ReadFile(out)
	var records []map[string]string
	if err == nil {
		err = json.Unmarshal(data, &records)
	}
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// TestLiveHTTPSameBytes: what CPython's HTTPHandler sends, sent on by ours, is the
// same to the letter: request line, headers, body.
func TestLiveHTTPSameBytes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	server := &notingServer{answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			server.serve(c)
		}
	}()
	host := l.Addr().String()
	sent := sendHTTP(t, host+",/log,GET", host+",/log?x=1,POST", host+",/log,POST,,user,p:w")
	want := server.requests()
	if len(want) != len(sent) || len(sent) < 24 {
		t.Fatalf("%d requests of %d records", len(want), len(sent))
	}
	o := remote.HTTPOptions{Options: remote.Options{Level: sluice.NotSet, Timeout: patience}}
	for i, r := range want {
		third, form := i*3/len(want), string(r.body)
		o.Method, o.Credentials = "POST", nil
		url := [...]string{"/log", "/log?x=1", "/log"}[third]
		if third == 0 {
			o.Method = "GET"
			_, form, _ = strings.Cut(strings.TrimSuffix(r.line, " HTTP/1.1"), "?")
		}
		if third == 2 {
			o.Credentials = &remote.BasicAuth{User: "user", Password: "p:w"}
		}
		record, err := wire.Form{}.ParseRecord([]byte(form))
		if err != nil {
			t.Fatal(err)
		}
		if record.Message != sent[i]["merged"] {
			t.Errorf("message %q, want %q", record.Message, sent[i]["merged"])
		}
		h, err := remote.NewHTTP(host, url, &o)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Emit(context.Background(), record); err != nil {
			t.Fatal(err)
		}
		_ = h.Close()
	}
	got := server.requests()[len(want):]
	if len(got) != len(want) {
		t.Fatalf("%d requests of ours, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].line != want[i].line || !slices.Equal(got[i].headers, want[i].headers) || !bytes.Equal(got[i].body, want[i].body) {
			t.Errorf("request %d\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
}

// TestLiveHTTPServe: CPython's HTTPHandler, plain and over TLS, into the program: each
// record is in the file, with what Python says it is.
func TestLiveHTTPServe(t *testing.T) {
	python(t)
	sluice, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, secure := range []bool{false, true} {
		dir := t.TempDir()
		writeCertificate(t, dir)
		ca := ""
		args := []string{"serve", drains, "--tcp", "off", "--udp", "off", "--http", "127.0.0.1:0", "--http-token-file", filepath.Join(dir, "token"), "--file", filepath.Join(dir, "log"), "--format", "json"}
		if secure {
			ca = filepath.Join(dir, "ca.pem")
			args = append(args, "--tls-cert", filepath.Join(dir, "cert.pem"), "--tls-key", filepath.Join(dir, "key.pem"))
		}
		if err := os.WriteFile(filepath.Join(dir, "token"), []byte("pw\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		serve := exec.Command(sluice, args...)
		out, err := serve.StdoutPipe()
		if err == nil {
			err = serve.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		var host, last string
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
			if f := strings.Fields(lines.Text()); len(f) == 3 && f[2] == "HTTPHandler" {
				host = f[1]
			}
		}
		sent := sendHTTP(t, host+",/log,GET,"+ca+",anybody,pw", host+",/log,POST,"+ca+",anybody,pw", host+",/log,POST,"+ca+",anybody,wrong")
		_ = serve.Process.Signal(syscall.SIGTERM)
		for lines.Scan() {
			last = lines.Text()
		}
		_ = serve.Wait()
		n := len(sent) / 3
		if want := fmt.Sprintf("sluice: %d records came in, %d were written, %d were refused: %d no token", 2*n, 2*n, n, n); last != want {
			t.Errorf("%q, want %q", last, want)
		}
		compareWritten(t, filepath.Join(dir, "log"), sent[:2*n])
	}
}

// compareWritten compares lines of JSON with the records that were sent.
func compareWritten(t *testing.T, path string, sent []map[string]string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for line := range bytes.Lines(data) {
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		want := sent[i]
		i++
		if got["msg"] != want["merged"] || got["level"] != want["levelname"] || got["logger"] != want["name"] {
			t.Errorf("%s of %v", line, want)
		}
		for _, key := range []string{"table", "rows", "ok", "big", "c", "n", "a&b=c"} {
			if text, there := want[key]; there && got[key] != text {
				t.Errorf("%s: %v, want %q", key, got[key], text)
			}
		}
		if want["exc_info"] != "None" && got["exc"] != want["exc_info"] {
			t.Errorf("exception %v, want %q", got["exc"], want["exc_info"])
		}
	}
	if i != len(sent) {
		t.Errorf("%d lines of %d records", i, len(sent))
	}
}

// TestLiveNginx: nginx takes from our handler what it takes from CPython's: GET, POST,
// over TLS, with Basic, and without the right password.
func TestLiveNginx(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		if nginx = "/usr/sbin/nginx"; !isThere(nginx) {
			absent(t, "nginx", "nginx-light")
		}
	}
	python(t)
	dir := t.TempDir()
	pool := writeCertificate(t, dir)
	text, err := os.ReadFile(filepath.Join("testdata", "peers", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	plain, secure, behind := strconv.Itoa(freePort(t)), strconv.Itoa(freePort(t)), strconv.Itoa(freePort(t))
	conf := strings.NewReplacer("DIR", dir, "LOOPBACK", loopback(), "PLAIN", plain, "SECURE", secure, "BEHIND", behind).Replace(string(text))
	for name, text := range map[string]string{"nginx.conf": conf, "users": "user:{PLAIN}secret\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &daemon{dir: dir}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("nginx said: %s", said.Bytes())
		}
	})
	for _, port := range []string{plain, secure, behind} {
		d.until(t, "it listens", func() bool {
			c, err := net.Dial("tcp", loopback()+":"+port)
			if err == nil {
				_ = c.Close()
			}
			return err == nil
		})
	}
	cases := []struct{ host, url, method, ca, user, password string }{
		{loopback() + ":" + plain, "/log", "GET", "", "", ""},
		{loopback() + ":" + plain, "/log?a=b", "POST", "", "", ""},
		{loopback() + ":" + secure, "/log", "GET", filepath.Join(dir, "ca.pem"), "", ""},
		{loopback() + ":" + secure, "/log", "POST", filepath.Join(dir, "ca.pem"), "", ""},
		{loopback() + ":" + plain, "/auth", "POST", "", "user", "secret"},
		{loopback() + ":" + secure, "/auth", "GET", filepath.Join(dir, "ca.pem"), "user", "secret"},
		{loopback() + ":" + plain, "/auth", "POST", "", "user", "wrong"},
	}
	for _, c := range cases {
		before := nginxLines(t, dir)
		sent := sendHTTP(t, strings.Join([]string{c.host, c.url, c.method, c.ca, c.user, c.password}, ","))
		d.until(t, "CPython's requests are logged", func() bool { return len(nginxLines(t, dir)) == len(before)+len(sent) })
		theirs := nginxLines(t, dir)[len(before):]
		o := &remote.HTTPOptions{Method: c.method, Secure: c.ca != "", CheckStatus: new(true), Options: remote.Options{Level: sluice.NotSet, Timeout: patience}}
		o.OnError = func(context.Context, *sluice.Record, error) {}
		if c.ca != "" {
			o.TLS = &tls.Config{RootCAs: pool}
		}
		if c.user != "" {
			o.Credentials = &remote.BasicAuth{User: c.user, Password: wire.Secret(c.password)}
		}
		h, err := remote.NewHTTP(c.host, c.url, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range theirs {
			form := line["body"]
			if c.method == "GET" {
				_, form, _ = strings.Cut(line["uri"], "?")
			}
			if c.password == "wrong" {
				form = "msg=x" // nginx does not log the body of what it refuses
			}
			r, err := wire.Form{}.ParseRecord([]byte(form))
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Emit(context.Background(), r); (err != nil) != (c.password == "wrong") {
				t.Errorf("%v: %v", c, err)
			}
		}
		_ = h.Close()
		d.until(t, "our requests are logged", func() bool { return len(nginxLines(t, dir)) == len(before)+2*len(sent) })
		for i, ours := range nginxLines(t, dir)[len(before)+len(sent):] {
			if c.password == "wrong" {
				ours["length"], theirs[i]["length"] = "", ""
			}
			if fmt.Sprint(ours) != fmt.Sprint(theirs[i]) {
				t.Errorf("%v\n got %v\nwant %v", c, ours, theirs[i])
			}
		}
	}
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func nginxLines(t *testing.T, dir string) []map[string]string {
	t.Helper()
	data, _ := os.ReadFile(filepath.Join(dir, "out"))
	var all []map[string]string
	for line := range bytes.Lines(data) {
		var l map[string]string
		if err := json.Unmarshal(line, &l); err != nil {
			if !bytes.HasSuffix(line, []byte("\n")) {
				break // is being written
			}
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, l)
	}
	return all
}
