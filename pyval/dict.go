package pyval

// Pair is an entry of a Dict.
type Pair struct{ Key, Value any }

// Dict is Python's dict: its entries in order of insertion, no key twice by
// Python's equality (Equal).
type Dict struct{ Pairs []Pair }

// Set is Python's set, or frozenset, in order of insertion.
type Set struct {
	Items  []any
	Frozen bool
}
