package receive_test

import (
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/receive"
)

// TestSeen: within the window every number is new once, in any order.
func TestSeen(t *testing.T) {
	s := &receive.Seen{}
	const window = 65536
	id := func(n uint64) sluice.ID { return sluice.ID{Source: 7, Seq: n} }
	for _, n := range []uint64{5, 1, 3, window, window + 4, 100 * window, 100*window - window + 1} {
		if !s.Add(id(n)) {
			t.Errorf("%d is not new", n)
		}
		if s.Add(id(n)) {
			t.Errorf("%d is new twice", n)
		}
		if !s.Add(sluice.ID{Source: 8, Seq: n}) {
			t.Errorf("%d of another source is not new", n)
		}
	}
	if !s.Add(id(3)) || !s.Add(id(3)) {
		t.Error("a number from before the window was called known")
	}
	s.Forget(id(100 * window))
	if !s.Add(id(100 * window)) {
		t.Error("what was forgotten is not new")
	}
	s.Forget(id(1)) // from before the window: nothing to do
	for n := range uint64(1024) {
		s.Add(sluice.ID{Source: 1000 + n, Seq: 1})
	}
	if !s.Add(id(100 * window)) {
		t.Error("more sources are kept than there should be")
	}
}

func FuzzSeen(f *testing.F) {
	f.Add([]byte{1, 2, 1, 255, 3})
	f.Fuzz(func(t *testing.T, steps []byte) {
		s, seen := &receive.Seen{}, map[uint64]bool{}
		n := uint64(1 << 20)
		for _, b := range steps {
			n = n + uint64(b) - 128 // 127 steps never leave the window
			if s.Add(sluice.ID{Seq: n}) == seen[n] && len(steps) < 128 {
				t.Fatalf("%d: new is %v", n, !seen[n])
			}
			seen[n] = true
		}
	})
}

// withID makes a record of "message" with the ID that is its length.
type withID struct{ asMessage }

func (p withID) ParseRecordInto(r *sluice.Record, data []byte) error {
	err := p.asMessage.ParseRecordInto(r, data)
	r.ID = sluice.ID{Source: 1, Seq: uint64(len(data))}
	return err
}

// TestDuplicates: a record that comes twice is emitted once, over whichever
// connection, and again if the first one came to nothing.
func TestDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &under{}
		o := &receive.Options{OnError: func(e *receive.Error) { t.Errorf("reported: %v", e) }}
		u.Server = receive.NewServer(&u.Recorder, withID{}, o)
		p := newPipes()
		served := make(chan error)
		go func() { served <- u.ServeSocket(p) }()
		a, b := p.dial(), p.dial()
		send(t, a, frames("1", "22", "333"))
		synctest.Wait()
		send(t, b, frames("22", "333", "4444"))
		synctest.Wait()
		u.Fail(receive.ErrServerClosed)
		send(t, a, frame("55555"))
		synctest.Wait()
		u.Fail(nil)
		send(t, b, frames("55555", "55555"))
		synctest.Wait()
		if got := u.Messages(); !reflect.DeepEqual(got, []string{"1", "22", "333", "4444", "55555"}) {
			t.Errorf("received %q", got)
		}
		if st := u.Stats(); st.Received != 9 || st.Emitted != 5 || st.Refused[receive.ReasonDuplicate] != 3 {
			t.Errorf("stats %+v", st)
		}
		_ = a.Close()
		_ = b.Close()
		if err := u.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-served
	})
}
