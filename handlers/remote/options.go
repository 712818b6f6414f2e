package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue/spool"
	"github.com/sluicelog/sluice/redial"
)

// Options are what every handler of this package takes. The zero Options consists
// of defaults.
type Options struct {
	// Level is the least level that is handled; nil is sluice.Info.
	Level slog.Leveler `json:"-"`
	// Name is the logger's name in records that carry none.
	Name string `json:"-"`
	// Filters decide in order; see sluice.Filter.
	Filters []sluice.Filter `json:"-"`
	// ReplaceAttr is as in sluice.HandlerOptions.
	ReplaceAttr func(groups []string, a slog.Attr) slog.Attr `json:"-"`
	// OnError is told of each record that was not delivered, and, with a nil
	// record, of what else went wrong with the connection. nil prints to standard
	// error.
	OnError sluice.ErrorFunc `json:"-"`

	// Timeout is how long connecting may take, and writing a record; 0 is 1 s.
	Timeout time.Duration `json:"-"`
	// RetryStart is the wait after the first attempt to connect that failed; nil is
	// 1 s. Each further one makes it RetryFactor times as long, nil is 2, up to
	// RetryMax, nil is 30 s. Attempts are made when a record comes. (Python:
	// retryStart, retryFactor, retryMax.)
	RetryStart  *time.Duration `json:"-"`
	RetryFactor *float64       `json:"-"`
	RetryMax    *time.Duration `json:"-"`
	// Dial makes the connection; nil connects to the host and port that the
	// handler was given. (Python: makeSocket.)
	Dial redial.Dial `json:"-"`

	// Spool is a directory for records that wait for the peer, made if need be: a
	// record is put there first, and none is lost while the peer is down or this
	// program does not run. They are sent in order, each with an ID by which package
	// receive removes what comes twice. Two handlers must not share one. Empty:
	// records are sent at once.
	Spool string `json:"spool"`
	// SpoolOptions are those of the spool; nil consists of defaults. OnError is set
	// unless it is there.
	SpoolOptions *spool.Options `json:"spool_options"`
}

func (o *Options) check() error {
	switch {
	case o.Timeout < 0:
		return fmt.Errorf("timeout of %v", o.Timeout)
	case o.RetryStart != nil && *o.RetryStart < 0:
		return fmt.Errorf("retryStart of %v", *o.RetryStart)
	case o.RetryMax != nil && *o.RetryMax < 0:
		return fmt.Errorf("retryMax of %v", *o.RetryMax)
	case o.RetryFactor != nil && !(*o.RetryFactor >= 0 && *o.RetryFactor <= math.MaxFloat64):
		return fmt.Errorf("retryFactor of %v", *o.RetryFactor)
	}
	return nil
}

// redial gives the options of a connection that reports to the handler which h
// will point to.
func (o *Options) redial(h **sluice.Handler) *redial.Options {
	return &redial.Options{
		RetryStart:   o.RetryStart,
		RetryFactor:  o.RetryFactor,
		RetryMax:     o.RetryMax,
		DialTimeout:  o.Timeout,
		WriteTimeout: o.Timeout,
		OnError:      func(err error) { (*h).HandleError(context.Background(), nil, err) },
	}
}

// handler puts a Handler around e. With a spool it is the one behind it, and
// spooled makes the one in front.
func (o *Options) handler(e sluice.Emitter) *sluice.Handler {
	if o.Spool != "" {
		return behindSpool(e, o.OnError)
	}
	return sluice.NewHandler(e, &sluice.HandlerOptions{
		Level:       o.Level,
		Name:        o.Name,
		Filters:     o.Filters,
		ReplaceAttr: o.ReplaceAttr,
		OnError:     o.OnError,
	})
}

var errNoHost = errors.New("no host")
