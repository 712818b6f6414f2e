// Package spool is a Queue on disk: what was put and flushed is delivered although
// the process is killed or, with Options.Durable, the power fails.
//
// A spool is a directory of segments, files of frames: each record with its length,
// its sequence number and a checksum. Every destination has a cursor of its own,
// whose position is a file beside them, so that one that is down does not hold back
// the others. A segment is removed when all cursors are behind it.
//
// What cannot be read is reported and counted under Damaged, and what stands around
// it is delivered. Such a segment is not removed but renamed to end in .aside, and
// files that are not the spool's are left alone.
//
// # Limits
//
// One process at a time uses a spool. Delivery is at least once: what a destination
// had taken but not settled when the process died comes again, with the ID that it
// had. Without Durable a power cut costs what the system had not written yet.
//
// Records come back as they were for every formatter of package sluice. The place of
// the logging call is kept as text; values of Go types that are neither slog's own
// nor Python's are kept as their text and their JSON.
package spool
