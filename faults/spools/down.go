package spools

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/internal/freeport"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// collecting is what a receiver emits to.
type collecting struct {
	sluice.Null
	ledger *balance.Ledger
}

func (c *collecting) Emit(_ context.Context, r *sluice.Record) error {
	c.ledger.Found([]byte(r.Message))
	return nil
}

// down is a receiver that is not there for a minute while a program logs on.
func down() fault.Fault {
	return fault.Fault{
		ID: "F23", Case: "peer-down", Title: "the receiver of a SocketHandler with a spool is down for 60 s under load",
		Injector: "a listener that is closed", Seeds: 3, Limit: 3 * time.Minute,
		Promise: "No record is lost, none comes twice, and no call waits for the peer.",
		Sluice:  runDown,
	}
}

func runDown(ctx context.Context, e *fault.Env) (balance.Result, error) {
	var l balance.Ledger
	seen := &receive.Seen{}
	own, err := freeport.Hold()
	if err != nil {
		return balance.Result{}, err
	}
	defer func() { _ = own.Close() }()
	up := func() (*receive.Server, error) {
		s := receive.NewServer(&collecting{ledger: &l}, wire.Pickle{}, &receive.Options{Seen: seen})
		listener, err := net.Listen("tcp", own.Addr().String())
		if err != nil {
			return nil, err
		}
		go func() { _ = s.ServeSocket(listener) }()
		return s, nil
	}
	server, err := up()
	if err != nil {
		return balance.Result{}, err
	}
	reported := 0
	h, err := remote.NewSocket("127.0.0.1", &own.Addr().Port, &remote.SocketOptions{Options: remote.Options{
		Spool:   filepath.Join(e.Dir, "spool"),
		OnError: func(context.Context, *sluice.Record, error) { reported++ },
	}})
	if err != nil {
		return balance.Result{}, err
	}
	var longest time.Duration
	seq := 0
	log := func(for_ time.Duration) error {
		for end := time.Now().Add(for_); time.Now().Before(end); {
			id := balance.ID{Seq: seq}
			seq++
			line := balance.AppendLine(nil, id, 100)
			start := time.Now()
			if err := h.Handle(ctx, slog.NewRecord(start, slog.LevelInfo, string(line[:len(line)-1]), 0)); err != nil {
				l.Refuse(id)
				return fmt.Errorf("record %d: %w", seq, err)
			}
			longest = max(longest, time.Since(start))
			l.Accept(id)
			fault.Wait(ctx, 200*time.Microsecond)
		}
		return ctx.Err()
	}
	gap := time.Duration(e.Of(60_000, 1_000)) * time.Millisecond
	if err := log(time.Second); err != nil {
		return balance.Result{}, err
	}
	if err := server.Shutdown(ctx); err != nil {
		return balance.Result{}, err
	}
	if err := log(gap); err != nil {
		return balance.Result{}, err
	}
	if server, err = up(); err != nil {
		return balance.Result{}, err
	}
	if err := log(time.Second); err != nil {
		return balance.Result{}, err
	}
	spooled := remote.SpooledOf(h)
	if err := fault.Until(ctx, func() bool { return spooled.Stats().Held == 0 }); err != nil {
		return balance.Result{}, err
	}
	if err := h.Close(); err != nil {
		return balance.Result{}, err
	}
	if err := server.Shutdown(ctx); err != nil {
		return balance.Result{}, err
	}
	st := spooled.Stats()
	r := l.Balance(balance.Counters{Held: int(st.Held)})
	r.Equal("delivered", int(st.Delivered), r.Found)
	r.Figure("longest call of Handle, ms", longest.Seconds()*1e3)
	return r, nil
}
