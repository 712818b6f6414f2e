package handlers

import "github.com/sluicelog/sluice"

// MemoryOptions are the options of NewMemory. Of Options, Formatter and Terminator
// are the target's to have, and make no difference here.
type MemoryOptions struct {
	// Capacity is the number of records that are handed on together; 0 or less
	// hands on each at once.
	Capacity int `json:"capacity"`
	// FlushLevel is the least level of a record that does not wait; nil is
	// sluice.Error.
	FlushLevel *sluice.Level `json:"flushLevel"`
	// FlushOnClose says whether Close hands on what is held; nil: true.
	FlushOnClose *bool `json:"flushOnClose"`
	// ShouldFlush decides instead of Capacity and FlushLevel, as a subclass does in
	// Python; see sluice.MemoryOptions.
	ShouldFlush func(held int, r *sluice.Record) bool `json:"-"`
	// Limit bounds what is held without a target; see sluice.MemoryOptions.
	Limit int `json:"-"`

	Options
}

// NewMemory returns a handler that holds records and hands them on to target
// together: when there are Capacity of them, with the first one of FlushLevel or
// above, or when Flush is called. target is another Handler, usually, or nil: then
// records are held until SetTarget of its Emitter, a *sluice.Memory, gives one. It
// is not closed with the handler. o may be nil. (Python: MemoryHandler.)
//
// Only what Options.Level lets in is held: to have the details of an error, set it
// to sluice.Debug.
func NewMemory(target sluice.Emitter, o *MemoryOptions) *sluice.Handler {
	if o == nil {
		o = &MemoryOptions{}
	}
	return o.around(sluice.NewMemory(target, &sluice.MemoryOptions{
		Capacity:     o.Capacity,
		FlushLevel:   o.FlushLevel,
		FlushOnClose: o.FlushOnClose,
		ShouldFlush:  o.ShouldFlush,
		Limit:        o.Limit,
	}))
}
