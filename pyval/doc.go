// Package pyval holds Python's values in Go: what a pickle decodes to, what a
// formatter prints, and their str() and repr().
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
