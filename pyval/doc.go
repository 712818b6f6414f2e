// Package pyval holds Python's values in Go: what a pickle decodes to, what a
// formatter prints, and their str() and repr().
package pyval
