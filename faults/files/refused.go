package files

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

func strace() []inject.Need { return []inject.Need{inject.Strace()} }

// anError is what disks say.
func anError(e *fault.Env) string { return []string{"ENOSPC", "EIO", "EDQUOT"}[e.Rand.IntN(3)] }

// failOnce is a write that fails: the k-th of whichever thread comes that far.
func failOnce(accepts bool) trouble {
	return trouble{accepts: accepts, wrap: func(e *fault.Env, s writer.Spec) []string {
		tracer := inject.Tracer{
			Log: os.DevNull, Paths: []string{s.Path}, Calls: "write",
			Inject: fmt.Sprintf("write:error=%s:when=%d", anError(e), 1+e.Rand.IntN(400)),
		}
		return tracer.Command()
	}}
}

// fail has system calls on the file fail from some moment on.
func fail(calls string, err func(*fault.Env) string, t trouble) trouble {
	t.begin = func(ctx context.Context, m moment) (func() error, error) {
		return inject.Tracer{
			Log: os.DevNull, Paths: []string{m.spec.Path, ahead(m.spec.Path)}, Calls: calls,
			Inject: calls + ":error=" + err(m.env),
		}.Attach(ctx, m.writer.Pid())
	}
	return t
}

const diskErrors = "strace, error=ENOSPC, EIO or EDQUOT"

func writeOnce() fault.Fault {
	return fault.Fault{
		ID: "F5", Case: "write-once-hold", Title: "the k-th write fails once; with Hold", Injector: diskErrors, Needs: strace(),
		Promise: "With Hold no line is lost, torn or refused.",
		Sluice:  scenario(failOnce(true).run).of(held()),
	}
}

func writeOnceUnheld() fault.Fault {
	do := scenario(failOnce(false).run)
	return fault.Fault{
		ID: "F5", Case: "write-once", Title: "the k-th write fails once; without Hold", Injector: diskErrors, Needs: strace(),
		Promise: "The line is refused and counted.",
		Sluice:  do.of(unheld()), Peers: do.peers(unheld(), everybody()...),
	}
}

func writeForEver() fault.Fault {
	return fault.Fault{
		ID: "F5", Case: "write-for-ever-hold", Title: "from some moment on every write fails, and the file is closed so; with Hold", Injector: diskErrors, Needs: strace(),
		Promise: "No line is refused while there is room; Stats().Held says exactly how many are not on the disk, and Close gives an error.",
		Sluice:  scenario(fail("write", anError, trouble{endless: true, accepts: true}).run).of(held()),
	}
}

func writeForEverUnheld() fault.Fault {
	do := scenario(fail("write", anError, trouble{endless: true}).run)
	return fault.Fault{
		ID: "F5", Case: "write-for-ever", Title: "from some moment on every write fails, and the file is closed so; without Hold", Injector: diskErrors, Needs: strace(),
		Promise: "Every line that is not written is refused and counted.",
		Sluice:  do.of(unheld()), Peers: do.peers(unheld(), everybody()...),
	}
}

func writeForAWhile() fault.Fault {
	return fault.Fault{
		ID: "F5", Case: "write-1s-hold", Title: "every write fails for 1 s; with Hold", Injector: diskErrors, Needs: strace(),
		Promise: "With Hold no line is lost, torn or refused, and lines go to the disk again within 1 s.",
		Sluice:  scenario(fail("write", anError, trouble{lasts: time.Second, accepts: true}).run).of(held()),
	}
}

// syncFails is an fsync that fails for a second.
func syncFails(hold bool) fault.Fault {
	s := held()
	s.Hold, s.Durable = hold, true
	t := fail("fsync,fdatasync", func(*fault.Env) string { return "EIO" }, trouble{lasts: time.Second, accepts: hold})
	f := fault.Fault{
		ID: "F5", Case: "fsync-1s", Title: "every fsync fails for 1 s; Durable, without Hold", Injector: "strace, error=EIO", Needs: strace(),
		Promise: "A line whose fsync failed is refused and counted, though it may be there. No line is accepted by a later fsync alone.",
		Sluice:  scenario(t.run).of(s),
	}
	if hold {
		f.Case, f.Title = "fsync-1s-hold", "every fsync fails for 1 s; Durable, with Hold"
		f.Promise = "No line is lost, torn, doubled or refused."
	}
	return f
}

// mib has a file roll over at 1 MiB: lumberjack and timberjack cannot earlier, and
// this is about rollovers.
func mib(hold bool) writer.Spec {
	return writer.Spec{Kind: writer.Sluice, MaxBytes: 1 << 20, Backups: 99, Line: 1500, Hold: hold}
}

// ahead is the name under which sluice creates the file that is to follow the one at
// path, before it is due.
func ahead(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".next.sluice")
}

func accessDenied(*fault.Env) string { return "EACCES" }

func tooManyFiles(*fault.Env) string { return "EMFILE" }

func renameRefused() fault.Fault {
	do := scenario(fail("rename,renameat,renameat2", accessDenied, trouble{accepts: true}).run)
	return fault.Fault{
		ID: "F6", Case: "rename-refused", Title: "every rename of the file is refused; without Hold", Injector: "strace, error=EACCES", Needs: strace(),
		Promise: "Every line is in the file, which grows past its size, and rolls over when it may.",
		Sluice:  do.of(mib(false)), Peers: do.peers(mib(false), everybody()...),
	}
}

func openRefused() fault.Fault {
	do := scenario(fail("open,openat", tooManyFiles, trouble{accepts: true}).run)
	return fault.Fault{
		ID: "F6", Case: "open-refused", Title: "no file can be opened when it should roll over; without Hold", Injector: "strace, error=EMFILE", Needs: strace(),
		Promise: "The rollover is taken back, and every line is in the files.",
		Sluice:  do.of(mib(false)), Peers: do.peers(mib(false), everybody()...),
	}
}
