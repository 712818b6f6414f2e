package sluice

import "log/slog"

// ByAttr returns a function that gives the text of a record's attribute, bound or
// of the call, and "" where there is none: a Key for FlightRecorderOptions and
// SampleOptions. path is as in Where. The attribute that was bound first counts.
func ByAttr(path string) func(r *Record) string {
	return func(r *Record) (text string) {
		r.hasAttr(path, func(v slog.Value) bool {
			text = v.String()
			return true
		})
		return text
	}
}
