package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
)

// spoolArgs are spool.Options.
type spoolArgs struct {
	Perm fs.FileMode `json:"perm"`
	spool.Options
}

// checkAbove tells if the directory that a spool's is to be made in is not there.
func (b *Builder) checkAbove(key, dir string) {
	if above, err := os.Stat(filepath.Dir(dir)); err != nil {
		b.Fail(key, err)
	} else if !above.IsDir() {
		b.Fail(key, errors.New(filepath.Dir(dir)+" is no directory"))
	}
}

// spooled is a queue on disk. What is in it when the program ends is handed on by
// the next one.
func spooled(b *Builder) (func() (queue.Queue, error), error) {
	var a struct {
		Directory string `json:"directory" config:"required"`
		spoolArgs
	}
	before, err := b.told(), b.Decode(&a)
	b.info.Queue.Directory = a.Directory
	if err == nil {
		b.checkAbove("directory", a.Directory)
	}
	o := &a.Options
	o.Perm = a.Perm
	o.OnError = func(err error) { b.OnError(context.Background(), nil, err) }
	return func() (queue.Queue, error) { return spool.Open(a.Directory, o) }, b.ready(before, err)
}
