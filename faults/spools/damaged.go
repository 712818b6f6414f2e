package spools

import (
	"context"
	"os"
	"path/filepath"

	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/writer"
)

// damaged is a spool of which bits are flipped, stretches zeroed and ends cut off.
func damaged() fault.Fault {
	return fault.Fault{
		ID: "F23", Case: "damaged", Title: "bits flipped, stretches zeroed and ends cut off in 20 segments of a closed spool",
		Injector: "writes to the segments",
		Promise:  "What is not hit is delivered, once; what is hit is counted, exactly, and reported; the damaged segments are kept beside.",
		Sluice: func(ctx context.Context, e *fault.Env) (balance.Result, error) {
			s, err := place(e, writer.Spec{Kind: writer.Spooled, MaxBytes: 4 << 10})
			if err != nil {
				return balance.Result{}, err
			}
			var l balance.Ledger
			p, err := writer.Start(ctx, e, &l, s)
			if err != nil {
				return balance.Result{}, err
			}
			defer p.Kill()
			if err := p.Write(e.Of(5000, 1000)); err != nil {
				return balance.Result{}, err
			}
			if err := p.Close(); err != nil {
				return balance.Result{}, err
			}
			segments, err := filepath.Glob(filepath.Join(writer.SpoolDir(s.Path), "*.seg"))
			if err != nil {
				return balance.Result{}, err
			}
			// That there was something behind it is not known of the end of the last.
			segments = segments[:len(segments)-1]
			hits := min(20, len(segments))
			e.Rand.Shuffle(len(segments), func(i, j int) { segments[i], segments[j] = segments[j], segments[i] })
			for _, path := range segments[:hits] {
				if err := damage(e, path); err != nil {
					return balance.Result{}, err
				}
			}
			dropped, told, err := drain(&l, s)
			if err != nil {
				return balance.Result{}, err
			}
			r := l.Balance(balance.Counters{Dropped: dropped})
			r.Runs = hits
			aside, err := filepath.Glob(filepath.Join(writer.SpoolDir(s.Path), "*.aside"))
			if err != nil {
				return balance.Result{}, err
			}
			r.Equal("damaged segments that are kept", len(aside), hits)
			if len(told) < hits {
				r.Break("%d segments are damaged, %d errors were told", hits, len(told))
			}
			return r, nil
		},
	}
}

// damage does one of three things to the file at path.
func damage(e *fault.Env, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	at := e.Rand.IntN(len(data))
	switch e.Rand.IntN(3) {
	case 0:
		data[at] ^= 1 << e.Rand.IntN(8)
	case 1:
		clear(data[at:min(len(data), at+1+e.Rand.IntN(500))])
		data[at] |= 0x80 // it may have been zero
	case 2:
		data = data[:at]
	}
	return os.WriteFile(path, data, 0o600)
}
