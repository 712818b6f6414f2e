package network

import (
	"context"
	"errors"
	"time"
)

// hangs is how long a call may take before it counts as one that never returns.
const hangs = 5 * time.Second

var errHangs = errors.New("it hangs")

// apart makes the calls of a peer elsewhere, since they may never return.
type apart struct {
	ask    chan string
	answer chan error
	ended  chan struct{}
}

// newApart starts one whose calls are those of call; at its end it calls end.
func newApart(call func(text string) error, end func()) *apart {
	a := &apart{ask: make(chan string), answer: make(chan error, 1), ended: make(chan struct{})}
	go func() {
		defer close(a.ended)
		for text := range a.ask {
			a.answer <- call(text)
		}
		end()
	}()
	return a
}

func (a *apart) emit(text string) error {
	a.ask <- text
	select {
	case err := <-a.answer:
		return err
	case <-time.After(hangs):
		return errHangs
	}
}

// settle waits for the call that hung; false: not until ctx's end.
func (a *apart) settle(ctx context.Context) (error, bool) {
	select {
	case err := <-a.answer:
		return err, true
	case <-ctx.Done():
		return nil, false
	}
}

func (a *apart) close() {
	close(a.ask)
	<-a.ended
}
