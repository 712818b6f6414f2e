// Package conformance holds the proof that sluice does what CPython's logging
// does: golden vectors made by running CPython, and live peers.
package conformance
