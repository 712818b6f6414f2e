// Package handlers is the catalogue of what is local: one constructor for each
// class of Python's logging.handlers that writes to this machine, with Python's
// option names, each returning a *sluice.Handler for slog.New.
//
// Defaults are Python's, but for what a Go program expects of slog: the level is
// Info and the format Logfmt, which shows attributes.
//
// A record that was not delivered, and housekeeping that failed (a rollover that
// was refused), are told to Options.OnError. Close flushes and closes what the
// handler opened; afterwards it gives sluice.ErrClosed, where Python would open
// the file again.
//
// # Limits
//
// Files are written in UTF-8, as Go's strings are, unless Encoding says otherwise.
// One handler, or one process, a file: several that rotate the same file do so
// under each other's feet.
package handlers
