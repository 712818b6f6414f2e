package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLiveSnippet: the Python that sluice serve prints, pasted as it is, logs into
// the file.
func TestLiveSnippet(t *testing.T) {
	py := python(t)
	sluice, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--tcp", "127.0.0.1:0", "--udp", "off"},
		{"--tcp", "off", "--udp", "127.0.0.1:0"},
		{"--tcp", "off", "--udp", "off", "--unix", "s"},
		{"--tcp", "off", "--udp", "off", "--unixgram", "g"},
		{"--tcp", "off", "--udp", "off", "--http", "127.0.0.1:0"},
	} {
		dir := t.TempDir()
		serve := exec.Command(sluice, append([]string{"serve", drains}, args...)...)
		serve.Dir = dir
		var stderr bytes.Buffer
		serve.Stderr = &stderr
		out, err := serve.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := serve.Start(); err != nil {
			t.Fatal(err)
		}
		var snippet, last string
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
			if code, ok := strings.CutPrefix(lines.Text(), "  "); ok && strings.Contains(code, "log") {
				snippet += code + "\n"
			}
		}
		snippet = snippet[strings.Index(snippet, "import"):]
		paste := exec.Command(py, "-c", snippet)
		paste.Dir = dir
		text, err := paste.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s\n%s", args, err, snippet, text)
		}
		if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			last = lines.Text()
		}
		if err := serve.Wait(); err != nil {
			t.Errorf("%v: serve ended with %v: %s", args, err, stderr.String())
		}
		if want := "sluice: 1 records came in, 1 were written, 0 were refused"; last != want {
			t.Errorf("%v: %q, want %q", args, last, want)
		}
		data, err := os.ReadFile(filepath.Join(dir, "logs", "sluice.log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"level=WARNING", "logger=app", `msg="hello from Python"`, "answer=42"} {
			if !strings.Contains(string(data), want) {
				t.Errorf("%v: the file holds %q, which lacks %s", args, data, want)
			}
		}
	}
}

// TestLiveSend: the receiver of Python's cookbook takes what sluice send sends.
func TestLiveSend(t *testing.T) {
	py := python(t)
	sluice, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(py, filepath.Join("testdata", "peers", "receive.py"), "10")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		t.Fatalf("receive.py: %s", stderr.String())
	}
	if text, err := exec.Command(sluice, "send", "--tcp", "127.0.0.1:"+lines.Text(), "--count", "10", "--timeout", patience.String()).CombinedOutput(); err != nil {
		t.Fatalf("send: %v: %s", err, text)
	}
	type received struct {
		Attrs [][2]string
		Text  string
	}
	var all []received
	for lines.Scan() {
		var r received
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("receive.py: %v: %s", err, stderr.String())
	}
	if len(all) != 10 {
		t.Fatalf("%d records arrived, want 10", len(all))
	}
	if want := "INFO sluice.send "; !strings.HasPrefix(all[0].Text, want) || !strings.HasSuffix(all[0].Text, " a plain message") {
		t.Errorf("the first is %q, want it to begin with %q and end with its message", all[0].Text, want)
	}
	attrs := map[string]string{}
	for _, kv := range all[1].Attrs {
		attrs[kv[0]] = kv[1]
	}
	for key, want := range map[string]string{
		"answer": "42", "ratio": "0.75", "ready": "True", "point": "(1, 2)", "raw": `b'\x00\xff'`,
		"levelno": "10", "levelname": "'DEBUG'", "args": "None", "exc_info": "None", "filename": "'send.go'",
	} {
		if attrs[key] != want {
			t.Errorf("%s is %s, want %s", key, attrs[key], want)
		}
	}
	if want := "*fs.PathError: open /nowhere: no such file or directory"; !strings.HasSuffix(all[3].Text, "\n"+want) {
		t.Errorf("the fourth is %q, want its error %q behind it", all[3].Text, want)
	}
}

// TestLiveSendToNobody: one line, status 1.
func TestLiveSendToNobody(t *testing.T) {
	sluice, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--tcp", "127.0.0.1:1"}, {"--unix", filepath.Join(t.TempDir(), "absent")}} {
		var stderr bytes.Buffer
		cmd := exec.Command(sluice, append([]string{"send"}, args...)...)
		cmd.Stderr = &stderr
		err := cmd.Run()
		if cmd.ProcessState.ExitCode() != 1 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), args[1]) {
			t.Errorf("%v: %v, %q; want status 1 and one line that names the address", args, err, stderr.String())
		}
	}
}
