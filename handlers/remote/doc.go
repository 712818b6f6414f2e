// Package remote is the catalogue of what goes over a socket: one constructor for
// each class of Python's logging.handlers that has one, with Python's option names,
// each returning a *sluice.Handler for slog.New. It stands apart from package
// handlers because it costs a program crypto/tls.
//
// A constructor connects to nothing: the first record does. While the peer is gone
// attempts become rarer, from 1 s to 30 s apart, as SocketHandler's. No call takes
// longer than Options.Timeout to connect and as much again to write. Each record
// that was not delivered is returned as an error, reported to Options.OnError and
// counted, where Python drops it without a word; (*Sender).Stats has the counts.
// Mail is a dialogue: it takes up to SMTPOptions.Deadline, the server says what
// became of it, and (*Mail).Stats has the counts. So does a web server, by a status:
// (*HTTP).Stats.
//
// # Limits
//
// But for mail and HTTP, the protocols have no acknowledgement. That a record was delivered means that the
// system took it; what a peer had not read when it died is lost, unless
// SocketOptions.Hold sends it again. A datagram may be lost on its way, and nobody
// knows.
package remote
