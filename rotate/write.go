package rotate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"
)

// Write writes p as one record, after rolling over if p makes it due. An error
// says that p was not written, or, if n is not 0, that its first n bytes were and
// could not be taken back.
//
// When Write returns the operating system has p. It takes one system call;
// goroutines that write at the same time share one, and each is told what became
// of its own record.
func (f *File) Write(p []byte) (n int, err error) {
	if !f.mu.TryLock() {
		return f.join(p)
	}
	f.gather()
	if f.mu.newest.Load() != nil {
		w := f.group.waiter(p)
		f.lead(w)
		return f.group.result(w, len(p))
	}
	defer f.release()
	kept := f.stats.kept
	if n, err = f.write(p); err != nil || !f.durable() || f.stats.kept != kept {
		return n, err
	}
	return f.commitOne(p)
}

// write is Write with f locked.
func (f *File) write(p []byte) (n int, err error) {
	if err := f.ready(len(p)); err != nil {
		return f.keep(p, 0, err)
	}
	n, err = f.put(p)
	if err != nil {
		return f.keep(p, f.mend(p, n, 0), fmt.Errorf("rotate: %w", err))
	}
	f.stats.Lines++
	f.unsynced.lines++
	return n, nil
}

// WriteBatch writes the records of p in one system call, or as many as there
// are rollovers among them and one more. Each number of ends is where a record
// ends in p; bytes after the last are a record, too. N counts whole records'
// bytes only, except as in Write. A rollover that fails is not tried again
// within the batch.
func (f *File) WriteBatch(p []byte, ends []int) (n int, err error) {
	last := 0
	for i, end := range ends {
		if end < last || end > len(p) {
			return 0, fmt.Errorf("rotate: end %d of record %d is not within %d to %d", end, i, last, len(p))
		}
		last = end
	}
	f.mu.Lock()
	defer f.release()
	b := batch{p: p, ends: ends}
	if f.closed {
		f.stats.Refused += uint64(b.left())
		return 0, ErrClosed
	}
	all, safe, kept := b, 0, f.stats.kept
	for err == nil && b.start < len(p) {
		start, syncs := b.start, f.unsynced.syncs
		_, err = f.stretch(&b)
		if f.unsynced.syncs != syncs {
			safe = start
		}
	}
	if f.durable() {
		err = errors.Join(f.commitBatch(&b, all, safe, f.stats.kept-kept), err)
	}
	if err != nil {
		f.stats.Refused += uint64(b.left())
	}
	return b.start, err
}

// batch is what is left of a WriteBatch.
type batch struct {
	p     []byte
	ends  []int // of the records not yet written
	start int   // of the first of them
	fixed bool  // a rollover has failed: no other is tried
}

// end returns the end of the record i of those left.
func (b *batch) end(i int) int {
	if i < len(b.ends) {
		return b.ends[i]
	}
	return len(b.p)
}

// left returns how many records are left.
func (b *batch) left() int {
	last := b.start
	if len(b.ends) > 0 {
		last = b.ends[len(b.ends)-1]
	}
	if last < len(b.p) {
		return len(b.ends) + 1
	}
	return len(b.ends)
}

// stretch writes as many records of b as no rollover falls between, and says how
// many that were to be. After an error those of them that b has no longer are
// written.
func (f *File) stretch(b *batch) (tried int, err error) {
	before := f.stats.RollFailures
	if !b.fixed {
		if err := f.ready(b.end(0) - b.start); err != nil {
			return 1, f.keepBatch(b, 1, err)
		}
		b.fixed = f.stats.RollFailures > before
	}
	tried = f.fitting(b)
	p := b.p[b.start:b.end(tried-1)]
	n, err := f.put(p)
	records := tried
	if err != nil {
		whole := 0
		for records = 0; records < tried && b.end(records) <= b.start+n; records++ {
			whole = b.end(records) - b.start
		}
		n, err = f.mend(p, n, whole), fmt.Errorf("rotate: %w", err)
		if f.held != nil {
			n = whole // what was torn is written again
		}
	}
	f.stats.Lines += uint64(records)
	f.unsynced.lines += uint64(records)
	b.ends = b.ends[min(records, len(b.ends)):]
	b.start += n
	if err != nil {
		err = f.keepBatch(b, tried-records, err)
	}
	return tried, err
}

// fitting returns how many of the records left can follow the first one without
// a rollover, with it.
func (f *File) fitting(b *batch) int {
	all := b.left()
	if f.opts.Policy == nil || b.fixed || all == 1 {
		return all
	}
	var now time.Time
	if f.timed {
		now = f.now()
	}
	s := f.state
	due := func(i int, n int) bool {
		if f.regular {
			s.Size = f.state.Size + int64(f.lacking()+b.end(i-1)-b.start)
		}
		return f.opts.Policy.Due(s, n, now)
	}
	if !due(1, len(b.p)-b.end(0)) {
		return all
	}
	for i := 1; i < all; i++ {
		if due(i, b.end(i)-b.end(i-1)) {
			return i
		}
	}
	return all
}

// noRecord is the size of a record that Open does not have.
const noRecord = -1

// ready makes a file ready for a record of n bytes.
func (f *File) ready(n int) error {
	if f.closed {
		return ErrClosed
	}
	if err := f.resume(false); err != nil {
		return err
	}
	if err := f.enter(); err != nil {
		return err
	}
	if f.atNow != nil && f.file != nil && f.mustLook() {
		if err := f.look(); err != nil {
			return err
		}
	}
	switch {
	case f.opts.Policy == nil:
	case n != noRecord:
		f.keepUp(n)
	case f.file == nil && !f.timed:
		f.openToAsk()
	}
	if f.file == nil {
		if err := f.openFile(f.flag); err != nil {
			return fmt.Errorf("rotate: %w", err)
		}
	}
	return nil
}

// look opens the path again if others have put another file there.
func (f *File) look() error {
	id, _, err := f.atNow()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		// The file at hand is still as good as it was.
		f.fail(fmt.Errorf("rotate: watch: %w", err))
		return nil
	}
	return f.reopen(err == nil && id.same(f.id))
}

// put writes all of p, after what has to be ahead of it. It returns how many bytes
// of p it wrote.
func (f *File) put(p []byte) (int, error) {
	f.cutTear()
	head := f.lacking()
	f.before = before{f.state.Size, f.bare, f.tear}
	if head > 0 {
		p = slices.Concat(f.ahead(), p)
	}
	n, err := f.file.Write(p)
	for err == nil && n < len(p) {
		var m int
		if m, err = f.file.Write(p[n:]); m == 0 && err == nil {
			err = io.ErrShortWrite
		}
		n += m
	}
	if f.regular {
		f.state.Size += int64(n)
		f.wantNext()
	}
	f.stats.Bytes += uint64(n)
	if !f.unsynced.dirty {
		f.wrote()
	}
	if head > 0 && n >= head {
		f.bare, f.tear = false, tear{}
	}
	return max(n-head, 0), err
}

// before is what a write that fails is taken back to.
type before struct {
	size int64
	bare bool
	tear tear
}

// mend cuts the file so that of the n bytes of p that were written only keep
// remain: half a record would swallow the one that follows it. It returns how many
// remain.
func (f *File) mend(p []byte, n, keep int) int {
	size := f.before.size // with what was ahead of p
	if keep > 0 {
		size = f.state.Size - int64(n-keep)
	}
	if f.regular && size == f.state.Size {
		return n
	}
	if !f.regular || !f.cut(size) {
		if n > keep {
			f.tore(p, size)
		}
		return n
	}
	if keep == 0 {
		f.bare, f.tear = f.before.bare, f.before.tear
	}
	return keep
}
