package sluice

import "context"

// MinLevel keeps the records of level l and above: a second threshold, where the
// level of the handler or logger is that of others.
func MinLevel(l Level) Filter {
	return func(_ context.Context, r *Record) *Record {
		if r.Level < l {
			return nil
		}
		return r
	}
}

// MaxLevel keeps the records of level l and below, such as what is for standard
// output where standard error has the rest.
func MaxLevel(l Level) Filter {
	return func(_ context.Context, r *Record) *Record {
		if r.Level > l {
			return nil
		}
		return r
	}
}
