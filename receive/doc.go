// Package receive is the other end of handlers that send: a Server reads framed
// records from streams and datagrams, as Python's SocketHandler and
// DatagramHandler send them, and takes those that come by HTTP, as its HTTPHandler's
// do, and gives them to an Emitter.
//
// Every byte is a stranger's. A frame is bounded before it is read, memory grows
// only with bytes that arrived, nothing that a frame says is run, and what is
// wrong with a frame costs that frame: not the process, nor another connection.
//
// # Limits
//
// Python's protocol of frames has no acknowledgement: a sender cannot know what
// arrived; only HTTP has answers. A record is lost without a trace if it is in flight
// when a machine fails, and a datagram if the kernel's buffer is full: Linux tells how
// many, see Stats.Lost, other systems do not. Senders that share such a buffer, one in
// sixteen on Linux and all elsewhere, share what a flood leaves of it; see ListenPacket.
// But for client certificates, signed pickles and a token for HTTP there is no
// authentication: listen on loopback, or behind something that authenticates. An ID by
// which a record that comes twice is told is a sender's claim as well.
package receive
