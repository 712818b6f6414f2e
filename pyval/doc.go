// Package pyval holds Python's values in Go: what a pickle decodes to, what a
// formatter prints, and their str() and repr().
//
// # Values
//
// A Python value is an any that holds one of:
//
//	None               nil
//	bool               bool
//	int                int64 where it fits, else *big.Int
//	float              float64
//	complex            complex128
//	str                string: UTF-8, a lone surrogate as its three bytes (WTF-8)
//	bytes              Bytes
//	bytearray          *ByteArray
//	tuple              Tuple
//	list               *List
//	dict               *Dict
//	set, frozenset     *Set
//	anything else      Opaque
//
// What Python can change in place is a pointer here, so that a value that is
// shared or that contains itself stays so.
//
// # Limits
//
// The values are data: nothing here calls, imports or opens anything, and an
// [Opaque] only remembers a name. Subclasses of the basic types are not kept
// apart from them. A NaN, and an Opaque that stands for an instance, equals
// nothing, itself included, because identity is not kept: as a key it is a new
// one each time. Comparing and hashing are bounded; see [Equal] and [KeyCost].
// Values are not safe for use by several goroutines while one of them changes
// them.
package pyval
