package sluice

import (
	"log/slog"
	"sync/atomic"
)

// placeCache keeps what a formatter made of the places of logging calls:
// finding a PC's file and line costs as much as the rest of the record.
type placeCache struct{ slots [1024]atomic.Pointer[place] }

type place struct {
	pc   uintptr
	text []byte
}

// text gives render's text of r's place, which the caller must not modify.
func (c *placeCache) text(r *Record, render func([]byte, slog.Source) []byte) []byte {
	if r.Source != nil || r.PC == 0 {
		return render(nil, r.Caller())
	}
	slot := &c.slots[(r.PC^r.PC>>10)%uintptr(len(c.slots))]
	if p := slot.Load(); p != nil && p.pc == r.PC {
		return p.text
	}
	p := &place{r.PC, render(nil, r.Caller())}
	slot.Store(p)
	return p.text
}
