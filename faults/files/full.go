package files

import (
	"context"
	"time"

	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/inject"
	"github.com/sluicelog/sluice/faults/writer"
)

// full is a disk that is full for three seconds.
func full(accepts bool) trouble {
	return trouble{
		lasts: 3 * time.Second, accepts: accepts,
		prepare: func(s writer.Spec) (func(), error) {
			dir := logDir(s)
			return func() { _ = inject.Unmount(dir) }, inject.MountTmpfs(dir, 4<<20)
		},
		begin: func(_ context.Context, m moment) (func() error, error) { return inject.Fill(logDir(m.spec)) },
	}
}

func held() writer.Spec {
	return writer.Spec{Kind: writer.Sluice, MaxBytes: 64 << 10, Backups: 99, Hold: true}
}

// unheld is the same without Hold, and so what the peers are.
func unheld() writer.Spec {
	s := held()
	s.Hold = false
	return s
}

func fullHeld() fault.Fault {
	return fault.Fault{
		ID: "F4", Case: "disk-full-hold", Title: "the disk is full for 3 s and is then freed; with Hold",
		Injector: "tmpfs and ballast", Needs: []inject.Need{inject.Root(), inject.Tmpfs()},
		Promise: "With Hold no line is lost, torn or refused, and lines go to the disk again within 1 s.",
		Sluice:  scenario(full(true).run).of(held()),
	}
}

func fullUnheld() fault.Fault {
	do := scenario(full(false).run)
	return fault.Fault{
		ID: "F4", Case: "disk-full", Title: "the disk is full for 3 s and is then freed; without Hold",
		Injector: "tmpfs and ballast", Needs: []inject.Need{inject.Root(), inject.Tmpfs()},
		Promise: "Every line that is not written is refused and counted, none is lost silently, none is torn.",
		Sluice:  do.of(unheld()), Peers: do.peers(unheld(), everybody()...),
	}
}
