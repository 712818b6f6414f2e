// Package queue puts a queue between logging calls and slow destinations: what
// Python's QueueHandler and QueueListener do.
//
// A Handler (NewHandler) puts each record into a Queue, here a Ring in memory; a
// Listener takes them out again, in one goroutine and by one cursor for each
// destination, so that one that fails, panics or hangs does not hold the others up.
//
// Nothing is lost without being counted: what was accepted is delivered, held, or
// dropped for a reason, at any moment. Stats tells, and the Listener says it in the
// stream itself: "42 records dropped: queue full, 3 s".
//
// # Limits
//
// A Ring is memory: what it holds is lost with the process. Values that attributes
// point to (slices, maps, pointers to structs) are shared with the program, which
// must not change them after the call; LogValuers are asked before. A destination
// that never returns keeps its goroutine, and the one batch that it has, for ever.
// Go cannot tell which goroutine logs: a destination that waits for other
// goroutines which log into the queue that it empties can wait for ever, if that
// queue blocks without a deadline.
package queue
