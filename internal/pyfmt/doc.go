// Package pyfmt writes text as Python's three formatting styles do, %, { and $,
// and as the % operator that merges a log message with its arguments. A format
// is compiled once; filling it in allocates nothing for the usual fields.
//
// Values are Python's (package pyval) inside slog.Values, whose kinds String,
// Int64, Uint64, Float64 and Bool are str, int, float and bool without boxing.
//
// # Limits
//
// A width or precision above MaxWidth is refused: Python would try to find the
// memory. Attributes of values ({msg.upper}) do not exist. A % field without a
// key, which in Python prints the whole record, is refused. The locale is C.
package pyfmt
