package wire

import (
	"crypto/sha256"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
)

// AppendRecord appends the pickle of r's Attributes, as Python's SocketHandler
// sends them but for the four bytes of length. A record that holds an Opaque, of
// which only the name is left, gives an error.
func (p Pickle) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	if len(p.Key) == 0 {
		return pickle.Append(dst, Attributes(r))
	}
	from := len(dst)
	dst, err := pickle.Append(append(dst, make([]byte, sha256.Size)...), Attributes(r))
	if err != nil {
		return dst[:from], err
	}
	sign(p.Key, dst, from)
	return dst, nil
}
