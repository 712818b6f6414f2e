package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestLiveFiles: what the vectors file_handlers and size_rotation ask, of 400 other
// rows each, which CPython makes here and now. SLUICE_SEED makes others.
func TestLiveFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the rows are of a Unix system: open files are renamed and removed")
	}
	py := python(t)
	seed := "1"
	if s := os.Getenv("SLUICE_SEED"); s != "" {
		seed = s
	}
	for name, run := range map[string]runRow{"file_handlers": runFileHandlers, "size_rotation": runSizeRotation} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(py, filepath.Join("testdata", "peers", "make_files.py"), name, "400", seed)
			cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
			var stderr strings.Builder
			cmd.Stderr = &stderr
			rows, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			file := filepath.Join(t.TempDir(), name+".jsonl")
			if err := os.WriteFile(file, rows, 0o666); err != nil {
				t.Fatal(err)
			}
			runFile(t, name+" of seed "+seed, file, run)
		})
	}
}
