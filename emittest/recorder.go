package emittest

import (
	"context"
	"sync"

	"github.com/sluicelog/sluice"
)

// Recorder is an Emitter that keeps what it is given, for tests of programs that
// log. The zero Recorder is ready; it is safe for concurrent use.
type Recorder struct {
	mu      sync.Mutex
	records []*sluice.Record
	err     error
	flushes int
	closed  bool
}

// Emit keeps a clone of r, or returns the error that Fail set.
func (c *Recorder) Emit(_ context.Context, r *sluice.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return sluice.ErrClosed
	}
	if c.err != nil {
		return c.err
	}
	c.records = append(c.records, r.Clone())
	return nil
}

// Flush counts.
func (c *Recorder) Flush(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushes++
	return nil
}

// Close makes Emit give sluice.ErrClosed.
func (c *Recorder) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

// Fail makes Emit return err from now on; nil ends that.
func (c *Recorder) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// Records returns what was kept, oldest first.
func (c *Recorder) Records() []*sluice.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*sluice.Record(nil), c.records...)
}

// Messages returns the messages of Records.
func (c *Recorder) Messages() []string {
	var messages []string
	for _, r := range c.Records() {
		messages = append(messages, r.Message)
	}
	return messages
}

// Flushes is how often Flush was called.
func (c *Recorder) Flushes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flushes
}

// Closed says whether Close was called.
func (c *Recorder) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}
