package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/sluicelog/sluice/rotate"
)

// reopen opens f anew whenever the process is told to by SIGHUP, as logrotate's
// postrotate does, until stop is called. Windows has no such signal.
func reopen(f *rotate.File, report func(error)) (stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range hup {
			if err := f.Reopen(); err != nil {
				report(err)
			}
		}
	}()
	return func() {
		signal.Stop(hup)
		close(hup)
		<-ended
	}
}
