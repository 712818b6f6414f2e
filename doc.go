// Package sluice gives log/slog what Python's logging.handlers gives Python:
// handlers that write to streams, rotating files, sockets and queues, with the
// formatters, filters and levels around them.
//
// There are five nouns, Python's own. A [Record] is one logged event. A
// [Handler] is the slog.Handler: it decides by level and filters, resolves
// attributes once and hands the record to its [Emitter], which delivers it. Most
// emitters are a [Stream]: a [Formatter], which makes the record's bytes, and an
// io.Writer. A [Filter] keeps, drops or replaces a record.
//
//	f, err := rotate.Open("app.log", &rotate.Options{Policy: rotate.Size{MaxBytes: 10 << 20}, Retention: rotate.Keep{Backups: 5}})
//	h := sluice.NewHandler(sluice.NewStreamCloser(f, sluice.NewLogfmt(nil)), nil)
//	log := slog.New(h)
//	defer h.Close()
//
// Package handlers has a constructor for each of Python's handlers that does this
// in one call.
//
// [Loggers] is Python's tree of named loggers: levels, filters and handlers by dotted
// name, which can be changed while the program runs. Its Logger("app.db") is a
// *slog.Logger; where nothing is named, a Handler by itself is enough.
//
// # Errors
//
// slog drops the error that Handle returns. A Handler therefore also reports it,
// once, to HandlerOptions.OnError, Python's handleError; by default that is a
// line on standard error. See [ErrorFunc].
//
// # Limits
//
// A Stream's write is not fsync: what was written survives the process, not the
// machine. An attribute's value is read while Handle runs; what is changed by
// another goroutine meanwhile is that program's race. Attributes are resolved to
// a depth of 64 and to 10 000 for each one given; what lies beyond is replaced by
// an error value that says so.
package sluice
