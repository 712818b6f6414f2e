// Package natsqueue is a queue in a stream of NATS JetStream: a queue.Queue that
// outlives the machine, and that several programs share.
//
// What a power cut costs is decided by the server: by default it brings to disk what
// it has acknowledged after two minutes, and loses it until then. With sync_interval:
// always nothing that Flush returned for is lost.
//
// Records travel in batches, each of which is one message of the stream, with a
// number and a checksum for each record. A producer has a single batch on its way
// and repeats it until the server has acknowledged it; a repeated one is stored once,
// since it has an id. A cursor is a durable consumer, which tells the server that a
// batch is settled when all its records are. What all consumers have settled is
// removed from the stream.
//
// A server that finds a bit of its files flipped passes over the message, though others
// may have it. A reader sees that in the numbers of the stream and reads it from
// another replica, in its place; what comes damaged it asks for again as well. Only what
// no replica has is missing.
//
// # Limits
//
// Between Put and Flush a record is in memory, up to Options.Buffer. Delivery is at
// least once: a batch of which only a part was settled when a reader died comes
// again, whole, after Options.AckWait, and its records with the IDs that they had.
// The server recognizes a repeated batch for two minutes.
//
// What is passed over is found at the next batch of the stream, or, where there is none,
// by a reader that has waited for five to ten seconds. What no replica has is found at
// the next batch of the same producer, so that what that wrote last can be missing
// without a word. A stream that was made without allow_direct is only asked for at the
// server that leads it. A reader that dies with what another replica had leaves it to
// the next one, which reads all of the gap again.
//
// With Options.Shared there is no order, and the producers' numbers tell nothing. What
// is passed over between two batches that one instance got, with none for others in
// between, it reads from another replica; otherwise it is only reported. Nothing is
// found at the end of the stream, nor by who goes on for a reader that died.
//
// A pickle has no unsigned numbers, no durations and no groups, and its time is a
// float; an object that is not plain data is its repr, and a value nested more than
// 1000 deep makes Put refuse the record.
package natsqueue
