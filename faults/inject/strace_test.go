package inject_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sluicelog/sluice/faults/inject"
)

// TestReadCalls: a call is counted once, in its thread, also if another thread's
// comes between its begin and its end.
func TestReadCalls(t *testing.T) {
	const log = `17  openat(AT_FDCWD, "/log/app.log", O_WRONLY|O_CREAT|O_APPEND, 0666) = 5
17  write(5, "a line"..., 82 <unfinished ...>
18  write(6, "another"..., 82) = 82
17  <... write resumed>)              = 82
18  --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL, si_pid=7497, si_uid=0} ---
17  renameat(AT_FDCWD, "/log/app.log", AT_FDCWD, "/log/app.log.1") = 0
17  write(5, "a line"..., 82) = 82
17  +++ killed by SIGKILL +++
`
	path := filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(path, []byte(log), 0o666); err != nil {
		t.Fatal(err)
	}
	calls, err := inject.ReadCalls(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		short, kill string
		changes     bool
	}{
		{"openat app.log", "openat:signal=KILL:when=1", true},
		{"write", "write:signal=KILL:when=1", true},
		{"write", "write:signal=KILL:when=1", true},
		{"renameat app.log app.log.1", "renameat:signal=KILL:when=1", true},
		{"write", "write:signal=KILL:when=2", true},
	}
	if len(calls) != len(want) {
		t.Fatalf("%d calls: %+v", len(calls), calls)
	}
	for i, w := range want {
		if c := calls[i]; c.Short() != w.short || c.Kill() != w.kill || c.Changes() != w.changes {
			t.Errorf("call %d: %q, %q, %v; want %+v", i, c.Short(), c.Kill(), c.Changes(), w)
		}
	}
}
