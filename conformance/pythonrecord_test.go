package conformance

import (
	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

// recordOf makes a record of a LogRecord's attributes, as a receiver does of what
// SocketHandler sends. The error is that of getMessage: a receiver keeps such a
// record too, and shows message and arguments as they are.
func recordOf(d *pyval.Dict) (*sluice.Record, error) {
	msg, _ := d.Get("msg")
	args, _ := d.Get("args")
	if _, err := pyfmt.Message(msg, args, 0); err != nil {
		return nil, err
	}
	data, err := pickle.Append(nil, d)
	if err != nil {
		return nil, err
	}
	return wire.Pickle{}.ParseRecord(data)
}
