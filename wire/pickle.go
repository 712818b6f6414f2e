package wire

import (
	"log/slog"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// Pickle is the codec of Python's SocketHandler and DatagramHandler: the pickled
// dictionary of a LogRecord, without the four bytes of its length. The zero Pickle
// is ready for use, by any number of goroutines.
type Pickle struct {
	Limits pickle.Limits `json:"limits,omitzero"`
	// Key, if there is one, signs: in front of the pickle stand the 32 bytes of
	// its HMAC-SHA256, and a pickle without the right ones is not even looked at.
	// It does not hide what is sent, nor keep it from being sent again.
	Key []byte `json:"-"`
	// Opcodes, if not nil, remembers what the records of one logging call have in
	// common, which AppendRecord would find and pickle anew for each record.
	Opcodes *Opcodes `json:"-"`
}

// ParseRecord makes a record of a pickle. Nothing that the pickle names is called
// or imported; see package pickle for that and for the errors.
//
// The fields get what logging.makeLogRecord would put under the attributes that
// they stand for, with args merged into the message. What comes under other names,
// Python's extra, becomes Attrs, in order: str, int, float and bool as slog's own
// kinds, other values as those of package pyval. Whatever the fields do not say
// exactly is in Origin.Residue, so that Attributes gives back all that came. A level
// that is no number is that of its name, or Info; a time that is none is now;
// arguments that do not fit their message are written behind it.
//
// A str under the name sluice_id that is an ID becomes that of the record.
func (p Pickle) ParseRecord(data []byte) (*sluice.Record, error) {
	f, err := p.fields(data)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	// All of an ordinary record in one piece of memory, of less than the 512 bytes above
	// which a piece costs more.
	all := new(struct {
		record  sluice.Record
		origin  sluice.Origin
		source  slog.Source
		residue [1]pyval.Pair
		attrs   [3]slog.Attr
	})
	r := &all.record
	r.Origin, r.Source = &all.origin, &all.source
	r.Origin.Residue, r.Attrs = all.residue[:0], all.attrs[:0]
	setRecord(r, f, new(former), new(texts))
	return r, nil
}

// ParseRecordInto is ParseRecord into the memory that r has, its Attrs, Source and
// Origin included: they must not be in use by anyone else. Its strings may be, and
// are used again where they come again. With an error r is a record without content.
func (p Pickle) ParseRecordInto(r *sluice.Record, data []byte) error {
	return p.into(r, data, new(texts))
}

func (p Pickle) into(r *sluice.Record, data []byte, t *texts) error {
	var last former
	last.take(r)
	defer last.forget(r)
	f, err := p.fields(data)
	if err != nil {
		return err
	}
	defer f.Release()
	setRecord(r, f, &last, t)
	return nil
}

// PickleReader parses the pickles of one sender as Pickle.ParseRecordInto does, with
// less memory. It is not safe for concurrent use.
type PickleReader struct {
	codec Pickle
	texts texts
}

// NewReader returns a PickleReader.
func (p Pickle) NewReader() *PickleReader { return &PickleReader{p, texts{shared: true}} }

// ParseRecordInto is Pickle.ParseRecordInto. The texts of a record share up to 3 KiB
// of memory with those of others.
func (p *PickleReader) ParseRecordInto(r *sluice.Record, data []byte) error {
	return p.codec.into(r, data, &p.texts)
}

func (p Pickle) fields(data []byte) (pickle.Fields, error) {
	if len(p.Key) > 0 {
		var err error
		if data, err = verify(p.Key, data); err != nil {
			return pickle.Fields{}, err
		}
	}
	return pickle.DecodeFields(data, p.Limits, attrNames)
}
