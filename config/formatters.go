package config

import (
	"context"
	"log/slog"

	"github.com/sluicelog/sluice"
)

func formatterClasses() map[string]FormatterClass {
	return map[string]FormatterClass{
		"logging.Formatter":          pythonFormatter,
		"logging.BufferingFormatter": bufferingFormatter,
		"json": func(b *Builder) (sluice.Formatter, error) {
			var a sourceArgs
			err := b.Decode(&a)
			return sluice.NewJSON(&sluice.JSONOptions{AddSource: a.AddSource}), err
		},
		"logfmt": func(b *Builder) (sluice.Formatter, error) {
			var a linesArgs
			err := b.Decode(&a)
			return sluice.NewLogfmt(&sluice.LogfmtOptions{AddSource: a.AddSource, MultiLine: a.MultiLine}), err
		},
		"console": func(b *Builder) (sluice.Formatter, error) {
			var a struct {
				Color bool `json:"color"`
				linesArgs
			}
			err := b.Decode(&a)
			return sluice.NewConsole(&sluice.ConsoleOptions{Color: a.Color, AddSource: a.AddSource, MultiLine: a.MultiLine}), err
		},
		"message": func(b *Builder) (sluice.Formatter, error) {
			var a struct{}
			err := b.Decode(&a)
			return sluice.Message{}, err
		},
	}
}

type sourceArgs struct {
	AddSource bool `json:"add_source"`
}

type linesArgs struct {
	sourceArgs
	MultiLine bool `json:"multi_line"`
}

// pythonFormatter is logging.Formatter, by its own names of arguments (fmt) or by
// dictConfig's (format).
func pythonFormatter(b *Builder) (sluice.Formatter, error) {
	var a struct {
		Format     *string `json:"format"`
		Fmt        *string `json:"fmt"`
		MsecFormat *string `json:"default_msec_format" config:"attr"`
		TimeFormat *string `json:"default_time_format" config:"attr"`
		Converter  string  `json:"converter" config:"attr"`
		sluice.FormatterOptions
	}
	if b.Decode(&a) != nil {
		return nil, errDecoded
	}
	key, format := "format", valueOr(a.Format, "")
	if a.Fmt != nil {
		key, format = "fmt", *a.Fmt
	}
	o := &a.FormatterOptions
	o.DefaultMsecFormat, o.DefaultTimeFormat = a.MsecFormat, a.TimeFormat
	if n := b.node.get(".").get("default_msec_format"); n != nil && n.kind == null {
		o.DefaultMsecFormat = new("")
	}
	o.UTC = a.Converter == "time.gmtime"
	b.format = &FormatterInfo{
		Name: b.name, Class: "logging.Formatter", Format: format, DateFmt: o.DateFmt,
		Style: orElse(string(o.Style), string(sluice.Percent)), Defaults: o.Defaults,
	}
	if format == "" {
		b.format.Format = map[string]string{"%": "%(message)s", "{": "{message}", "$": "${message}"}[b.format.Style]
	}
	f, err := sluice.NewFormatter(format, o)
	if err != nil {
		b.Fail(key, err)
		return nil, errDecoded
	}
	return f, nil
}

// bufferingFormatter formats a record as a list of one.
func bufferingFormatter(b *Builder) (sluice.Formatter, error) {
	var a struct {
		Line *string `json:"linefmt"`
	}
	err := b.Decode(&a)
	return lineOf{new(sluice.BufferingFormatter)}, err
}

type lineOf struct{ f *sluice.BufferingFormatter }

func (l lineOf) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return l.f.AppendRecords(dst, []*sluice.Record{r})
}

func filterClasses() map[string]FilterClass {
	return map[string]FilterClass{
		"logging.Filter": func(b *Builder) (sluice.Filter, error) {
			var a struct {
				Name string `json:"name"`
			}
			before, err := b.told(), b.Decode(&a)
			if n := b.node.get("name"); n != nil && n.kind == null {
				b.want(n, join(b.path, "name"), "the name of a logger")
			}
			b.under = a.Name
			return sluice.Under(a.Name), b.ready(before, err)
		},
		"min_level": func(b *Builder) (sluice.Filter, error) {
			l, err := levelArg(b)
			return sluice.MinLevel(l), err
		},
		"max_level": func(b *Builder) (sluice.Filter, error) {
			l, err := levelArg(b)
			return sluice.MaxLevel(l), err
		},
		"redact": func(b *Builder) (sluice.Filter, error) {
			var a struct {
				Keys        names  `json:"keys" config:"required"`
				IgnoreCase  bool   `json:"ignore_case"`
				Replacement string `json:"replacement"`
			}
			err := b.Decode(&a)
			return sluice.Redact(a.Keys, &sluice.RedactOptions{IgnoreCase: a.IgnoreCase, Replacement: a.Replacement}), err
		},
		"where":     func(b *Builder) (sluice.Filter, error) { return where(b, false) },
		"where_not": func(b *Builder) (sluice.Filter, error) { return where(b, true) },
	}
}

func levelArg(b *Builder) (sluice.Level, error) {
	var a struct {
		Level sluice.Level `json:"level" config:"required"`
	}
	err := b.Decode(&a)
	return a.Level, err
}

// where keeps records by an attribute: one that is there, or one of some texts; or
// drops just these.
func where(b *Builder, not bool) (sluice.Filter, error) {
	var a struct {
		Attr string `json:"attr" config:"required"`
		Is   names  `json:"is"`
	}
	err := b.Decode(&a)
	keep := sluice.Where(a.Attr, func(v slog.Value) bool {
		if a.Is == nil {
			return true
		}
		text := v.String()
		for _, is := range a.Is {
			if text == is {
				return true
			}
		}
		return false
	})
	if !not {
		return keep, err
	}
	return func(ctx context.Context, r *sluice.Record) *sluice.Record {
		if keep(ctx, r) != nil {
			return nil
		}
		return r
	}, err
}
