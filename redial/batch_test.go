package redial_test

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluicelog/sluice/redial"
)

// TestWriteBatch: frames go out together; of those that the peer does not take whole
// the caller is told, and they are nobody's loss yet.
func TestWriteBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{down: true}
		c := redial.New(p.dial, nil)
		defer c.Close()
		frames, ends := []byte("one.two.three."), []int{4, 8, 14}
		if n, err := c.WriteBatch(frames, ends); n != 0 || !errors.Is(err, redial.ErrDown) {
			t.Errorf("down: %d, %v", n, err)
		}
		p.set(func() { p.down, p.stall = false, true })
		time.Sleep(time.Second)
		if n, err := c.WriteBatch(frames, ends); n != 4 || err == nil {
			t.Errorf("half of it was taken: %d, %v", n, err)
		}
		p.set(func() { p.stall = false })
		if n, err := c.WriteBatch(frames[4:], []int{4, 10}); n != 10 || err != nil {
			t.Errorf("up: %d, %v", n, err)
		}
		if got := p.got(); !reflect.DeepEqual(got, []string{"one.two", "two.three."}) {
			t.Errorf("the peer got %q", got)
		}
		if st := c.Stats(); st.Written != 3 || len(st.Dropped) > 0 {
			t.Errorf("stats %+v", st)
		}
		_ = c.Close()
		if _, err := c.WriteBatch(frames, ends); !errors.Is(err, redial.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}
