package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sluicelog/sluice"
)

// SMTPDigest gathers records into fewer mails. The zero SMTPDigest consists of
// defaults.
//
// A mail that the server does not take for now is kept and tried again, with the
// waits of Options.RetryStart, RetryFactor and RetryMax in between; meanwhile the next
// one gathers records. A mail that may have arrived is not sent again.
type SMTPDigest struct {
	// Every is the least time between two mails, and how long a record waits for
	// others; 0 is five minutes.
	Every time.Duration `json:"-"`
	// AtOnce is the least level of a record that does not wait, nor any that came
	// before it; nil: all wait.
	AtOnce *sluice.Level `json:"-"`
	// Records is how many a mail shows; of more it says how many they were ("and 312
	// more"), and they count as dropped, under ReasonLeftOut. 0 is 100.
	Records int `json:"-"`
	// Bytes is how long the text of a mail may be, likewise; 0 is 256 KiB. A longer
	// record is cut.
	Bytes int `json:"-"`
	// HoldOnFlush has Flush send nothing before its time, for a handler behind a queue,
	// whose Listener flushes after each batch: what is held is lost with the process
	// then, though the queue takes it for delivered. Close sends it.
	HoldOnFlush bool `json:"-"`
}

const (
	defaultEvery   = 5 * time.Minute
	defaultRecords = 100
	defaultBytes   = 256 << 10
)

func (o *SMTPDigest) check() error {
	switch {
	case o == nil:
		return nil
	case o.Every < 0:
		return fmt.Errorf("a digest every %v", o.Every)
	case o.Records < 0 || o.Bytes < 0:
		return fmt.Errorf("a digest of %d records, %d bytes", o.Records, o.Bytes)
	}
	return nil
}

// digest gathers records, and sends them from a goroutine of its own.
type digest struct {
	mail    *Mail
	options SMTPDigest
	backoff backoff
	wake    chan struct{} // holds one
	ended   chan struct{}

	mu      sync.Mutex // guards what follows
	page    page
	urgent  bool
	closing bool
	asked   []chan error // by who waits for a flush
	last    time.Time    // when the last mail went out

	// Of the goroutine alone.
	waiting []*parcel // mails to be tried again; one that carries records is the first
	left    error     // what could not be sent at the end
}

func newDigest(m *Mail, o *SMTPOptions) *digest {
	d := &digest{
		mail:    m,
		options: *o.Digest,
		backoff: newBackoff(&o.Options),
		wake:    make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
	if d.options.Every == 0 {
		d.options.Every = defaultEvery
	}
	if d.options.Records == 0 {
		d.options.Records = defaultRecords
	}
	if d.options.Bytes == 0 {
		d.options.Bytes = defaultBytes
	}
	go d.run()
	return d
}

func (d *digest) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// flush has everything sent, and waits for it.
func (d *digest) flush(ctx context.Context) error {
	answer := make(chan error, 1)
	d.mu.Lock()
	if d.closing {
		d.mu.Unlock()
		return nil
	}
	d.asked = append(d.asked, answer)
	d.mu.Unlock()
	d.poke()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("flush mail: %w", ctx.Err())
	}
}

// close has everything sent that can be, ends the goroutine and waits for it.
func (d *digest) close() error {
	d.mu.Lock()
	d.closing = true
	d.mu.Unlock()
	d.poke()
	<-d.ended
	return d.left
}

// run sends what is due, until close.
func (d *digest) run() {
	defer close(d.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := time.Now()
		d.mu.Lock()
		asked, closing := d.asked, d.closing
		d.asked = nil
		d.mu.Unlock()
		if closing {
			d.left = d.finish(now.Add(d.mail.server.deadline))
			answer(asked, d.left)
			return
		}
		var err error
		if len(asked) > 0 {
			err = d.sendAll(now)
			answer(asked, err)
		} else {
			d.sendDue(now)
		}
		// Also in the past: then it fires at once.
		if next := d.due(); !next.IsZero() {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
		select {
		case <-d.wake:
		case <-timer.C:
		}
	}
}

func answer(asked []chan error, err error) {
	for _, c := range asked {
		c <- err
	}
}

// due is when something is to be sent; zero: when somebody says so.
func (d *digest) due() time.Time {
	var first time.Time
	for _, p := range d.waiting {
		if first.IsZero() || p.next.Before(first) {
			first = p.next
		}
	}
	if at := d.pageDue(); !at.IsZero() && (first.IsZero() || at.Before(first)) {
		first = at
	}
	return first
}

// pageDue is when the page is to be sent: not while the records before it are still
// waiting.
func (d *digest) pageDue() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.page.shown == 0 || d.blocked():
		return time.Time{}
	case d.urgent:
		return d.page.first
	}
	from := d.page.first
	if d.last.After(from) {
		from = d.last
	}
	return from.Add(d.options.Every)
}

func (d *digest) blocked() bool { return len(d.waiting) > 0 && d.waiting[0].records > 0 }

// sendDue sends what is due by now.
func (d *digest) sendDue(now time.Time) {
	for _, p := range append([]*parcel(nil), d.waiting...) {
		if !p.next.After(now) {
			_ = d.try(p, now.Add(d.mail.server.deadline)) // reported
		}
	}
	if at := d.pageDue(); !at.IsZero() && !at.After(now) {
		_ = d.try(d.turn(), now.Add(d.mail.server.deadline)) // reported
	}
}

// sendAll sends everything, due or not.
func (d *digest) sendAll(now time.Time) error {
	return d.sendBefore(now.Add(d.mail.server.deadline))
}

func (d *digest) sendBefore(end time.Time) error {
	var errs []error
	for _, p := range append([]*parcel(nil), d.waiting...) {
		errs = append(errs, d.try(p, end))
	}
	d.mu.Lock()
	some := d.page.shown > 0
	d.mu.Unlock()
	if some && !d.blocked() {
		errs = append(errs, d.try(d.turn(), end))
	}
	return errors.Join(errs...)
}

// finish sends what it can, and drops the rest.
func (d *digest) finish(end time.Time) error {
	err := d.sendBefore(end)
	var n uint64
	for _, p := range d.waiting {
		n += p.records
	}
	d.mu.Lock()
	n += d.page.shown
	d.page = page{}
	d.mu.Unlock()
	if d.waiting = nil; n > 0 {
		d.mail.drop(ReasonClosed, n)
		err = errors.Join(err, fmt.Errorf("close: %d records were not mailed", n))
	}
	return err
}
