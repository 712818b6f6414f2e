// Package config makes loggers and handlers of a configuration: Python's
// logging.config.dictConfig, from JSON and YAML, with Python's names of classes and
// arguments, and names of its own for what Python has not. docs/config.md has them
// all.
//
// A configuration is loaded whole or not at all: Load decodes and checks everything
// before it opens anything, and tells all that is wrong at once, each with file,
// line, column and path. Check does only that. Nothing in a configuration is run:
// what Python would import is looked up in the maps of Options.
//
// A System can be given another configuration while it is in use: Reload. Handlers
// whose class and arguments stay the same keep their files, connections and queues,
// and a record that is logged meanwhile is handled once by each handler that either
// configuration gives it to.
//
// # Limits
//
// A file is at most 1 MiB, nested at most 100 deep, and is a regular one. YAML is
// what PyYAML's safe loader takes, yes and no being bools; timestamps are texts.
// Handlers that were replaced are closed when the records that they have in hand
// are delivered, so one that hangs is waited for, as long as the caller's context
// says. While a handler is kept and its level, filters or formatter change, a
// record in hand may meet the former level and the new formatter.
package config
