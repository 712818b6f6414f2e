package config

import (
	"context"

	"github.com/sluicelog/sluice"
)

// classes are the classes of handlers, by Python's names where it has them. The
// constructors' options are the arguments; docs/config.md lists them.
func classes() map[string]Class {
	return map[string]Class{
		"logging.StreamHandler":                     streamHandler,
		"logging.NullHandler":                       nullHandler,
		"logging.FileHandler":                       fileHandler,
		"logging.handlers.WatchedFileHandler":       watchedFileHandler,
		"logging.handlers.RotatingFileHandler":      rotatingFileHandler,
		"logging.handlers.TimedRotatingFileHandler": timedRotatingFileHandler,
		"logging.handlers.BufferingHandler":         bufferingHandler,
		"logging.handlers.MemoryHandler":            memoryHandler,
		"logging.handlers.QueueHandler":             queueHandler,
		"logging.handlers.SocketHandler":            socketHandler,
		"logging.handlers.DatagramHandler":          datagramHandler,
		"logging.handlers.SysLogHandler":            sysLogHandler,
		"logging.handlers.SMTPHandler":              smtpHandler,
		"logging.handlers.HTTPHandler":              httpHandler,
		"logging.handlers.NTEventLogHandler":        ntEventLogHandler,
		"console":                                   consoleHandler,
		"flight_recorder":                           flightRecorder,
		"rate_limit":                                rateLimit,
		"sample":                                    sample,
		"repeat":                                    repeat,
	}
}

// others is another handler as a destination: it is not closed with this one.
type others struct{ sluice.Emitter }

func (o others) Close() error { return o.Flush(context.Background()) }

// require tells an error if there is no argument key. Python's constructors take None
// for some, but want to be told.
func (b *Builder) require(keys ...string) {
	for _, key := range keys {
		if b.node.get(key) == nil {
			b.add(b.node, b.path, nil, "%s is missing", key)
		}
	}
}

// ready gives what Decode gave, or errDecoded if anything else was told since.
func (b *Builder) ready(before int, err error) error {
	if err == nil && b.told() > before {
		return errDecoded
	}
	return err
}

func (p *problems) told() int { return len(p.errs) + p.more }
