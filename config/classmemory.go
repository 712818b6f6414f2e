package config

import (
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

func memoryHandler(b *Builder) (Open, error) {
	var a struct {
		Target HandlerRef `json:"target"`
		Limit  int        `json:"limit"`
		handlers.MemoryOptions
	}
	before, err := b.told(), b.Decode(&a)
	b.require("capacity")
	level := valueOr(a.FlushLevel, sluice.Error)
	b.Attr("capacity", a.Capacity)
	b.attrs["flushLevel"] = level
	b.Attr("flushOnClose", valueOr(a.FlushOnClose, true))
	if a.Target.Handler == nil {
		b.warn(b.node.place, b.path, "without a target it keeps the last records and hands none on")
	}
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		m := sluice.NewMemory(a.Target.emitter(), &sluice.MemoryOptions{
			Capacity: a.Capacity, FlushLevel: &level, FlushOnClose: a.FlushOnClose, Limit: a.Limit,
		})
		return m, m.Stats, nil
	}, b.ready(before, err)
}

// emitter gives the handler as an Emitter; nil if there is none.
func (r HandlerRef) emitter() sluice.Emitter {
	if r.Handler == nil {
		return nil
	}
	return r.Handler
}

// bufferingHandler is Python's base class: its flush throws the records away.
func bufferingHandler(b *Builder) (Open, error) {
	var a struct {
		Capacity int `json:"capacity"`
	}
	before, err := b.told(), b.Decode(&a)
	b.require("capacity")
	b.Attr("capacity", a.Capacity)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		// Python's knows no level that flushes.
		m := sluice.NewMemory(&sluice.Null{}, &sluice.MemoryOptions{Capacity: a.Capacity, FlushLevel: new(sluice.Level(1 << 30))})
		return m, m.Stats, nil
	}, b.ready(before, err)
}

func flightRecorder(b *Builder) (Open, error) {
	var a struct {
		Target     HandlerRef    `json:"target" config:"required"`
		FlushLevel *sluice.Level `json:"flush_level"`
		Capacity   int           `json:"capacity"`
		MaxBytes   int           `json:"max_bytes"`
		Key        string        `json:"key"`
		MaxKeys    int           `json:"max_keys"`
	}
	err := b.Decode(&a)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		f := sluice.NewFlightRecorder(a.Target.Handler, &sluice.FlightRecorderOptions{
			FlushLevel: a.FlushLevel, Capacity: a.Capacity, MaxBytes: a.MaxBytes, Key: byAttr(a.Key), MaxKeys: a.MaxKeys,
		})
		return f, f.Stats, nil
	}, err
}

func byAttr(path string) func(*sluice.Record) string {
	if path == "" {
		return nil
	}
	return sluice.ByAttr(path)
}

// behind is the target of what lets some records through: it goes by its own level,
// and is not closed.
func (r HandlerRef) behind() sluice.Emitter { return others{sluice.Tee(r.Handler)} }

func rateLimit(b *Builder) (Open, error) {
	var a struct {
		Target  HandlerRef    `json:"target" config:"required"`
		Records int           `json:"records"`
		Per     time.Duration `json:"per"`
		Burst   int           `json:"burst"`
		Exempt  sluice.Level  `json:"exempt"`
	}
	err := b.Decode(&a)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		l := sluice.NewRateLimit(a.Target.behind(), &sluice.RateLimitOptions{Records: a.Records, Per: a.Per, Burst: a.Burst, Exempt: a.Exempt})
		return l, l.Stats, nil
	}, err
}

func sample(b *Builder) (Open, error) {
	var a struct {
		Target   HandlerRef    `json:"target" config:"required"`
		First    int           `json:"first"`
		Every    int           `json:"every"`
		Interval time.Duration `json:"interval"`
		Exempt   sluice.Level  `json:"exempt"`
		Key      string        `json:"key"`
	}
	err := b.Decode(&a)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		s := sluice.NewSample(a.Target.behind(), &sluice.SampleOptions{First: a.First, Every: a.Every, Interval: a.Interval, Exempt: a.Exempt, Key: byAttr(a.Key)})
		return s, s.Stats, nil
	}, err
}

func repeat(b *Builder) (Open, error) {
	var a struct {
		Target HandlerRef    `json:"target" config:"required"`
		Window time.Duration `json:"window"`
		Key    string        `json:"key"`
	}
	err := b.Decode(&a)
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		r := sluice.NewRepeat(a.Target.behind(), &sluice.RepeatOptions{Window: a.Window, Key: byAttr(a.Key)})
		return r, r.Stats, nil
	}, err
}
