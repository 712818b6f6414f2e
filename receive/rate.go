package receive

import (
	"sync"
	"time"
)

// maxRated is how many hosts a rate limiter knows at once: the addresses of datagrams
// are whatever a stranger writes there.
const maxRated = 4096

// rates limits how many records come from each host: as many at once as may come in a
// second, and then as many in each second.
type rates struct {
	perSecond int // 0: no limit

	mu    sync.Mutex
	hosts map[string]*bucket
}

// bucket is full with a second's records at the time full.
type bucket struct{ full time.Time }

// wait takes one record of host's, and says how long it is to wait for that; with
// no patience it takes none that has to.
func (r *rates) wait(host string, patient bool) time.Duration {
	if r.perSecond <= 0 || host == "" {
		return 0
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.hosts[host]
	if b == nil {
		b = r.add(host, now)
	}
	if b.full.Before(now) {
		b.full = now
	}
	each := time.Second / time.Duration(r.perSecond)
	late := b.full.Sub(now) + each - time.Second
	if late <= 0 || patient {
		b.full = b.full.Add(each)
	}
	return max(0, late)
}

// add adds a host, and forgets those whose buckets are full: that is the same as not
// to know them.
func (r *rates) add(host string, now time.Time) *bucket {
	if r.hosts == nil || len(r.hosts) >= maxRated {
		kept := map[string]*bucket{}
		for name, b := range r.hosts {
			if b.full.After(now) && len(kept) < maxRated/2 {
				kept[name] = b
			}
		}
		r.hosts = kept
	}
	b := &bucket{full: now}
	r.hosts[host] = b
	return b
}
