package wire

import (
	"sync/atomic"

	"github.com/sluicelog/sluice"
)

// Opcodes remembers, pickled, what the records of one logging call of this process
// have in common: its level and its place, which is slow to find, and the process.
// The zero Opcodes is ready for use, by any number of goroutines; it must not be
// copied.
type Opcodes struct {
	slots [256]atomic.Pointer[opcodesAt]
}

// opcodesAt are the opcodes of one place and level.
type opcodesAt struct {
	pc      uintptr
	level   sluice.Level
	place   []byte // from levelname to funcName
	process []byte // from thread on
}

// appendTo appends what appendUsual does; it is false if r is not of those that it
// knows.
func (o *Opcodes) appendTo(b []byte, r *sluice.Record) ([]byte, bool) {
	if o == nil || r.PC == 0 || r.Source != nil || r.Origin != nil ||
		r.LevelName != "" || r.ExcText != "" || r.StackInfo != "" {
		return b, false
	}
	slot := &o.slots[(r.PC^r.PC>>8^uintptr(r.Level)<<3)%uintptr(len(o.slots))]
	at := slot.Load()
	if at == nil || at.pc != r.PC || at.level != r.Level {
		s := r.Standard(nil)
		at = &opcodesAt{r.PC, r.Level, appendPlace(nil, &s), appendProcess(nil, &s, true)}
		slot.Store(at)
	}
	name := r.Name
	if name == "" {
		name = "root"
	}
	b = append(appendMessage(b, name, r.Message), at.place...)
	created, msecs, relative := r.StandardTimes()
	return append(appendTimes(b, created, msecs, relative), at.process...), true
}
