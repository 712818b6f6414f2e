package wire

import (
	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
)

// AppendRecord appends the pickle of r's Attributes, as Python's SocketHandler
// sends them but for the four bytes of length. A record that holds an Opaque, of
// which only the name is left, gives an error.
func (p Pickle) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return pickle.Append(dst, Attributes(r))
}
