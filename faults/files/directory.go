package files

import (
	"context"
	"os"
	"time"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// readOnly is a directory in which nothing may be made or renamed. Root may do
// everything, unless that is taken from it.
func readOnly() trouble {
	return trouble{
		accepts: true,
		wrap: func(*fault.Env, writer.Spec) []string {
			return []string{"setpriv", "--bounding-set", "-dac_override,-dac_read_search"}
		},
		begin: func(_ context.Context, m moment) (func() error, error) {
			dir := logDir(m.spec)
			return func() error { return os.Chmod(dir, 0o755) }, os.Chmod(dir, 0o555)
		},
	}
}

func readOnlyDirectory() fault.Fault {
	do := scenario(readOnly().run)
	return fault.Fault{
		ID: "F6", Case: "directory-read-only", Title: "the directory may not be written to when the file should roll over; without Hold",
		Injector: "chmod 555, setpriv", Needs: []inject.Need{inject.Root(), inject.Program("setpriv", "util-linux")},
		Promise: "Every line is in the file, which grows past its size, and rolls over when it may.",
		Sluice:  do.of(mib(false)), Peers: do.peers(mib(false), everybody()...),
	}
}

// gone is a directory that is removed, and comes back empty after a while.
func gone() trouble {
	return trouble{
		accepts: true, lasts: time.Second,
		begin: func(_ context.Context, m moment) (func() error, error) {
			dir := logDir(m.spec)
			var now balance.Ledger
			files, err := now.ReadFiles(dir, "app")
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				for _, id := range f.IDs {
					m.ledger.Destroy(id)
				}
			}
			return func() error { return os.MkdirAll(dir, 0o755) }, os.RemoveAll(dir)
		},
	}
}

func goneDirectory() fault.Fault {
	s := held()
	s.Watch = true
	do := scenario(gone().run)
	return fault.Fault{
		ID: "F6", Case: "directory-gone-hold", Title: "the directory is removed with all that is in it, and is there again 1 s later; with Hold and Watch",
		Injector: "rm -r, mkdir",
		Promise:  "Every line that comes after the removal is in the new file.",
		Sluice:   do.of(s), Peers: do.peers(s, watchers()...),
	}
}
