package remote

import (
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// maxLeftovers bounds the mails that wait for single recipients.
	maxLeftovers = 8
	// keepLeftovers is how long they wait: servers that greylist say yes after
	// minutes, and a mail about a failure is of no use to anybody much later.
	keepLeftovers = time.Hour
)

// parcel is a mail on its way.
type parcel struct {
	*letter
	records uint64 // that nobody has got yet
	tries   int
	next    time.Time
}

// try sends p, and keeps what is worth to be tried again. What becomes of records is
// counted, and errors are reported as well as returned.
func (d *digest) try(p *parcel, end time.Time) error {
	m := d.mail
	refused, err := m.server.send(p.letter, end)
	if err == nil {
		m.deliver(p.records)
		p.records = 0
		return d.leftover(p, refused)
	}
	switch reason := reasonOf(err); {
	case reason != ReasonNotSent:
		m.drop(reason, p.records)
		d.forget(p)
		err = fmt.Errorf("mail of %d records dropped: %w", p.records, err)
	case p.records == 0 && p.tries > 0 && d.backoff.total(p.tries) > keepLeftovers:
		d.forget(p)
		err = fmt.Errorf("mail to %q given up: %w", p.to, err)
	default:
		d.keep(p)
		err = fmt.Errorf("mail of %d records kept: %w", p.records, err)
	}
	m.onError(err)
	return err
}

// leftover keeps p for the recipients that were refused for now.
func (d *digest) leftover(p *parcel, refused []refusal) error {
	var again []string
	for _, r := range refused {
		if !isPermanent(r.err) {
			again = append(again, r.to)
		}
	}
	d.mail.report(refused)
	if len(again) == 0 {
		d.forget(p)
		return nil
	}
	l := *p.letter
	l.to = again
	p.letter = &l
	d.keep(p)
	return nil
}

// keep has p tried again later. Those with records come first.
func (d *digest) keep(p *parcel) {
	p.next = time.Now().Add(d.backoff.wait(p.tries))
	p.tries++
	if p.records > 0 {
		if !slices.Contains(d.waiting, p) {
			d.waiting = slices.Insert(d.waiting, 0, p)
		}
		return
	}
	d.forget(p)
	d.waiting = append(d.waiting, p)
	if len(d.waiting) > maxLeftovers {
		i := 0
		if d.blocked() {
			i = 1
		}
		d.mail.onError(fmt.Errorf("mail to %q given up: too many wait", d.waiting[i].to))
		d.waiting = slices.Delete(d.waiting, i, i+1)
	}
}

func (d *digest) forget(p *parcel) {
	d.waiting = slices.DeleteFunc(d.waiting, func(q *parcel) bool { return q == p })
}

// backoff is how long to wait between tries.
type backoff struct {
	start, most time.Duration
	factor      float64
}

func newBackoff(o *Options) backoff {
	b := backoff{start: time.Second, most: 30 * time.Second, factor: 2}
	if o.RetryStart != nil {
		b.start = *o.RetryStart
	}
	if o.RetryMax != nil {
		b.most = *o.RetryMax
	}
	if o.RetryFactor != nil {
		b.factor = *o.RetryFactor
	}
	return b
}

// wait is the time between a try and the next one.
func (b backoff) wait(tries int) time.Duration {
	w := float64(b.start) * math.Pow(b.factor, float64(tries))
	if !(w < float64(b.most)) {
		return b.most
	}
	return time.Duration(w)
}

// total is the time of all waits before a try.
func (b backoff) total(tries int) time.Duration {
	var sum time.Duration
	for i := range tries {
		if sum += b.wait(i); sum > keepLeftovers {
			break
		}
	}
	return sum
}
