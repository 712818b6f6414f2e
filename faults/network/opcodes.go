package network

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/faults/balance"
	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/wire"
)

func opcodes() fault.Fault {
	return fault.Fault{
		ID: "F28", Case: "opcodes", Title: "pickles of each byte as an opcode alone, behind each other one, and before an end",
		Injector: "all 65 536 pairs, with and without values in front",
		Promise:  "Each is refused or read; nothing is called, none takes longer than 100 ms or 16 MiB.",
		Seeds:    1,
		Sluice: func(context.Context, *fault.Env) (balance.Result, error) {
			var l balance.Ledger
			var r balance.Result
			var before, after runtime.MemStats
			read := 0
			for a := range 256 {
				runtime.ReadMemStats(&before)
				start := time.Now()
				for b := range 256 {
					for _, front := range []string{"", "}(X\x03\x00\x00\x00msg", "}X\x01\x00\x00\x00aN"} {
						data := append([]byte(front), byte(a), byte(b), '.')
						if _, err := (wire.Pickle{}).ParseRecord(data); err == nil {
							read++
						}
						if _, err := pickle.Decode(binary.LittleEndian.AppendUint32(data[:len(data)-1], 0xffffffff), pickle.Limits{}); err == nil {
							read++
						}
					}
				}
				runtime.ReadMemStats(&after)
				if d := time.Since(start); d > 10*time.Second {
					r.Break("opcode %#x: %v", a, d)
				}
				if mb := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20); mb > 6*256*16 {
					r.Break("opcode %#x: %.0f MiB", a, mb)
				}
			}
			// The parser is as it was.
			id := balance.ID{}
			l.Accept(id)
			data, err := wire.Pickle{}.AppendRecord(nil, &sluice.Record{Message: message(id, 100)})
			if err != nil {
				return r, err
			}
			if record, err := (wire.Pickle{}).ParseRecord(data); err == nil {
				l.Found([]byte(record.Message))
			}
			broken := r.Broken
			r = l.Balance(balance.Counters{})
			r.Broken = append(r.Broken, broken...)
			r.Notes = append(r.Notes, fmt.Sprintf("%d of %d were read", read, 256*256*6))
			return r, nil
		},
	}
}
