package sluice

import (
	"context"
	"strings"
)

// Filter decides about a record: r itself keeps it, nil drops it, and another
// record replaces it for what follows. r must not be modified: a filter that
// changes a record returns a changed Clone, so that other handlers still see the
// original. Filters must be safe for concurrent use. (Python: Filter.filter.)
type Filter func(ctx context.Context, r *Record) *Record

// Under keeps the records of the logger called name and of those below it:
// "A.B" keeps "A.B" and "A.B.C", not "A.BB". The empty name keeps every record.
// (Python: logging.Filter.)
func Under(name string) Filter {
	return func(_ context.Context, r *Record) *Record {
		if under(name, r.Name) {
			return r
		}
		return nil
	}
}

func under(name, logger string) bool {
	if name == "" {
		return true
	}
	rest, ok := strings.CutPrefix(logger, name)
	return ok && (rest == "" || rest[0] == '.')
}
