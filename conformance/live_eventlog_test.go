package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
)

const wine64 = "/usr/lib/wine/wine64"

// windows gives the directory of a Windows of wine: the one that
// SLUICE_WINEPREFIX names, or one that is made for the test.
func windows(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(wine64); err != nil {
		absent(t, wine64, "wine64")
	}
	if dir := os.Getenv("SLUICE_WINEPREFIX"); dir != "" {
		return dir
	}
	if _, err := exec.LookPath("x86_64-w64-mingw32-gcc"); err != nil {
		absent(t, "x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")
	}
	dir := filepath.Join(t.TempDir(), "prefix")
	if out, err := exec.Command(filepath.Join("testdata", "wine", "prepare"), dir).CombinedOutput(); err != nil {
		t.Fatalf("prepare: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		// Its programs write to the directory until they end.
		kill := exec.Command("/usr/lib/wine/wineserver64", "-k", "-w")
		kill.Env = append(os.Environ(), "WINEPREFIX="+dir)
		_ = kill.Run()
	})
	return dir
}

// What wine, whose ReportEvent only tells what it is asked to do, prints of an event.
var (
	wineSource = regexp.MustCompile(`RegisterEventSourceW \(.*?,L"(.*)"\)`)
	wineReport = regexp.MustCompile(`ReportEventW \(\w+,0x(\w+),0x(\w+),0x(\w+),\w+,0x(\w+),`)
	wineText   = regexp.MustCompile(`(err|warn|trace):eventlog:ReportEventW L"(.*)"`)
)

// TestLiveEventLog: under wine, sources are registered as pywin32 does for Python's
// handler, and each record is one event of the type, category, number and text that
// the options ask for.
func TestLiveEventLog(t *testing.T) {
	prefix := windows(t)
	exe := filepath.Join(t.TempDir(), "eventlog.exe")
	build := exec.Command("go", "build", "-o", exe, "./testdata/eventlog")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(wine64, exe)
	cmd.Env = append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all,trace+eventlog,warn+eventlog,err+eventlog,fixme+advapi")
	// Files, as the services that wine starts beside it keep what it is given open.
	read := redirect(t, cmd)
	err := cmd.Run()
	out, said := read()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	const registered = `[{"File":"%SystemRoot%\\System32\\EventCreate.exe","FileKind":2,"Types":7,"Names":["EventMessageFile","TypesSupported"]},` +
		`{"File":"C:\\my messages.dll","FileKind":2,"Types":7,"Names":["EventMessageFile","TypesSupported"]}]`
	if got := strings.TrimSpace(out); got != registered {
		t.Errorf("registered %s\nwant %s", got, registered)
	}
	var want []string
	expect := func(name string, kind, category, id int, l sluice.Level) {
		channel := map[int]string{1: "err", 2: "warn", 4: "trace"}[kind]
		want = append(want, fmt.Sprintf(`%s: type %d category %d id %d, 1 string, %s %s at %v: \03c0\nsecond line`, name, kind, category, id, channel, name, l))
	}
	for i, l := range []sluice.Level{sluice.Debug, sluice.Info, sluice.Warning, sluice.Error, sluice.Critical, 25} {
		expect("SluiceA", []int{4, 4, 2, 1, 1, 1}[i], 0, 1, l)
	}
	expect("SluiceB", 2, 7, 0xc0000042, sluice.Info)
	expect("SluiceB", 4, 7, 0xc0000042, sluice.Error)
	expect("SluiceC", 1, 0, 1, sluice.Info)
	if got := strings.Join(events(t, said), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("reported\n%s\nwant\n%s\nof\n%s", got, strings.Join(want, "\n"), said)
	}
}

// redirect gives the command files to write to, and returns what reads them.
func redirect(t *testing.T, cmd *exec.Cmd) func() (stdout, stderr string) {
	t.Helper()
	var files [2]*os.File
	for i := range files {
		f, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = f
	}
	cmd.Stdout, cmd.Stderr = files[0], files[1]
	return func() (string, string) {
		var texts [2]string
		for i, f := range files {
			data, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(data)
			_ = f.Close()
		}
		return texts[0], texts[1]
	}
}

// events reads what wine printed of events.
func events(t *testing.T, said string) (list []string) {
	t.Helper()
	source, report := "", ""
	for _, line := range strings.Split(said, "\n") {
		if m := wineSource.FindStringSubmatch(line); m != nil {
			source = m[1]
		} else if m := wineReport.FindStringSubmatch(line); m != nil {
			var n [4]uint64
			for i := range n {
				var err error
				if n[i], err = strconv.ParseUint(m[i+1], 16, 32); err != nil {
					t.Fatal(err)
				}
			}
			report = fmt.Sprintf("type %d category %d id %d, %d string", n[0], n[1], n[2], n[3])
		} else if m := wineText.FindStringSubmatch(line); m != nil {
			list = append(list, fmt.Sprintf("%s: %s, %s %s", source, report, m[1], m[2]))
		}
	}
	return list
}
