// Package wire holds the codecs that both ends of a connection share: what
// Python's handlers put into a frame or a datagram, and back. It opens no
// connection; packages handlers/remote and receive do.
//
// # Limits
//
// A codec makes a record of what it reads and believes all of it: name, host and
// process are the sender's claims, and text may hold any character. Of Python
// objects that are not plain data only the name of the class is kept, so they do
// not survive being sent on.
package wire
