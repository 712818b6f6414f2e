package natsqueue

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
)

// TestPool: servers are tried one after the other, one that could not help comes last
// for a while, and one that is alone is not tried without a pause.
func TestPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all []nats.Server
		for _, host := range []string{"a", "b", "c"} {
			all = append(all, nats.Server{URL: &url.URL{Scheme: "nats", Host: host}})
		}
		var p pool
		steps := func(n int) (hosts string) {
			for range n {
				s, wait := p.next(all, nats.ServerInfo{})
				time.Sleep(wait + time.Second)
				hosts += s.URL.Host
			}
			return hosts
		}
		if got := steps(6); got != "abcabc" {
			t.Errorf("got %s", got)
		}
		p.shun("nats://b")
		if got := steps(4); got != "acac" {
			t.Errorf("b could not help: got %s", got)
		}
		time.Sleep(shunned)
		if got := steps(3); got != "acb" {
			t.Errorf("that was long ago: got %s", got)
		}
		all = all[:1]
		_, first := p.next(all, nats.ServerInfo{})
		_, second := p.next(all, nats.ServerInfo{})
		if first != 0 || second < again {
			t.Errorf("it waits %v, then %v", first, second)
		}
		p.shun("nats://a")
		if _, wait := p.next(all, nats.ServerInfo{}); wait > again+jitter {
			t.Errorf("the only one is waited for %v", wait)
		}
	})
}
