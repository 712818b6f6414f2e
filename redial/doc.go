// Package redial gives a connection that comes back: a writer of whole frames that
// connects when the first is to be written, waits longer and longer while nobody
// listens, and never lets a peer see half of a frame with another one behind it.
// It is Python's SocketHandler without the logging: createSocket, send, retryStart,
// retryFactor and retryMax.
//
// With Options.Hold no frame is lost to a peer that goes away and comes back: while
// it is gone frames are held, and the last ones that were sent to it are sent again,
// since without acknowledgements nobody knows which of them it had read.
//
// # Limits
//
// That a frame was written says that the system has it, not that the peer has. A
// frame that is sent again may arrive twice; whoever reads must be able to tell.
// What is held lies in memory and ends with the process. Frames that the peer had
// taken off the network but not finished with, beyond Hold.Replay, are lost if it
// dies. Datagrams get lost as datagrams do.
package redial
