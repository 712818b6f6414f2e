package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Flush returns when the operating system has what was put before, or with Durable
// the disk. When ctx is done it does not wait any longer. An error says that some of
// it may not be safe; those records are still held, and a later Flush that succeeds
// covers them.
func (s *Spool) Flush(ctx context.Context) error {
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return nil
	}
	s.expire()
	mine := s.end()
	if err := s.write(mine); err != nil {
		return err
	}
	if !s.options.Durable {
		return nil
	}
	for !s.safe(mine) {
		if s.syncing == nil {
			if err := s.sync(); err != nil {
				return err
			}
			continue
		}
		others := s.syncing
		s.unlock()
		select {
		case <-others:
			s.mu.Lock()
		case <-ctx.Done():
			s.mu.Lock()
			return fmt.Errorf("spool: flush: %w", ctx.Err())
		}
	}
	return nil
}

// safe says that the records below seq are on disk, if they are held at all.
func (s *Spool) safe(seq uint64) bool {
	for _, g := range s.segments {
		if g.first < seq && g.synced < min(seq, g.end) {
			return false
		}
	}
	return !s.newName
}

// sync brings all segments to disk, with mu free meanwhile, so that others put and
// then share the next one. The caller holds mu, and syncing is nil.
func (s *Spool) sync() error {
	done := make(chan struct{})
	s.syncing = done
	defer func() {
		s.syncing = nil
		close(done)
	}()
	type part struct {
		g   *segment
		end uint64
	}
	var dirty []part
	for _, g := range s.segments {
		if g.synced < g.end {
			dirty = append(dirty, part{g, g.end})
		}
	}
	newName := s.newName
	s.newName = false
	s.unlock()
	var failed error
	var bad *segment
	synced := 0
	for _, p := range dirty {
		if err := s.fsync(p.g.file); err != nil && !errors.Is(err, os.ErrClosed) {
			bad, failed = p.g, fmt.Errorf("spool: %w", err)
			break
		}
		synced++
	}
	if failed == nil && newName {
		failed = syncDir(s.dir)
	}
	s.mu.Lock()
	for _, p := range dirty[:synced] {
		p.g.synced = max(p.g.synced, p.end)
	}
	if failed != nil && newName {
		s.newName = true
	}
	if bad != nil {
		s.awaitWriter()
		if !slices.Contains(s.segments, bad) { // all have its records
			return nil
		}
		// The system may have forgotten that the bytes are not on disk: to ask again
		// would answer yes.
		if err := s.rewrite(bad); err != nil {
			return errors.Join(failed, err)
		}
		return nil
	}
	return failed
}

// rewrite writes all of g into a new file and puts that in its place. The caller
// holds mu.
func (s *Spool) rewrite(g *segment) error {
	path := g.path + ".tmp"
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|openFlags, s.options.Perm)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	_, err = io.Copy(io.NewOffsetWriter(file, 0), io.NewSectionReader(g.file, 0, g.size))
	if err = errors.Join(err, chmod(file, s.options.Perm)); err == nil {
		err = s.fsync(file)
	}
	if err == nil {
		err = os.Rename(path, g.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("spool: write %s anew: %w", g.path, err), file.Close(), os.Remove(path))
	}
	old := g.file
	g.file, g.synced = file, g.end
	s.newName = true
	_ = old.Close()
	return nil
}
