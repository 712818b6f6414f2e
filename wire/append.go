package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"math"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
)

// AppendRecord appends the pickle of r's Attributes, as Python's SocketHandler
// sends them but for the four bytes of length. An Opaque, of which only the name is
// left, becomes the str of its repr. A value nested more than 1000 deep gives an error, as
// does a record whose pickle would have more than 64 MiB.
func (p Pickle) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	if len(p.Key) == 0 {
		return p.append(dst, r)
	}
	from := len(dst)
	dst, err := p.append(append(dst, make([]byte, sha256.Size)...), r)
	if err != nil {
		return dst[:from], err
	}
	sign(p.Key, dst, from)
	return dst, nil
}

// append is pickle.Append of Attributes(r), without making the dict.
func (p Pickle) append(dst []byte, r *sluice.Record) ([]byte, error) {
	d, err := p.begin(dst, r)
	if err != nil {
		return dst, err
	}
	attrs := r.Attrs
	if r.Scope != nil {
		attrs = r.AppendAttrs(nil)
	}
	for i := range attrs {
		key := attrs[i].Key
		for attrOf(key) < numAttrs {
			key += "_"
		}
		if err := appendEntry(&d, key, attrs[i].Value); err != nil {
			return dst, err
		}
	}
	if !r.ID.IsZero() {
		var room [64]byte
		d.Raw(appendID(room[:0], r.ID))
	}
	if r.Origin != nil && len(r.Origin.Residue) > 0 {
		err = appendFormatted(&d, r)
	}
	return d.End(), err
}

// appendID appends the entry of an ID.
func appendID(dst []byte, id sluice.ID) []byte {
	const head = "X\x09\x00\x00\x00" + idKey + "X"
	start := len(dst) + len(head)
	dst, _ = id.AppendText(append(append(dst, head...), 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// appendFormatted appends what came under the names of what formatters make.
func appendFormatted(d *pickle.DictAppender, r *sluice.Record) error {
	for i := range r.Origin.Residue {
		p := &r.Origin.Residue[i]
		switch key, _ := p.Key.(string); attrOf(key) {
		case attrMessage, attrAsctime:
			if err := d.Any(key, p.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin begins the dict with Python's own attributes.
func (p Pickle) begin(dst []byte, r *sluice.Record) (pickle.DictAppender, error) {
	if hasTask, ok := usual(r); ok {
		if b, ok := p.Opcodes.appendTo(dst, r); ok {
			return pickle.ContinueDict(b), nil
		}
		s := r.Standard(nil)
		return pickle.ContinueDict(appendUsual(dst, &s, hasTask)), nil
	}
	d := pickle.BeginDict(dst)
	var room [numAttrs]slog.Attr
	for _, a := range r.AppendStandard(room[:0]) {
		if a.Key == "args" && r.Origin == nil {
			a.Value = slog.Value{}
		}
		if err := appendEntry(&d, a.Key, a.Value); err != nil {
			return d, err
		}
	}
	return d, nil
}

// usual says that r's fields say all of Python's attributes, except perhaps that no
// taskName came, as before Python 3.12. Texts of 4 GiB, for which there is an error
// to be given, are not usual either.
func usual(r *sluice.Record) (hasTask, ok bool) {
	hasTask = true
	long := len(r.Name) | len(r.Message) | len(r.LevelName) | len(r.ExcText) | len(r.StackInfo)
	if s := r.Source; s != nil {
		long |= len(s.File) | len(s.Function)
	}
	if o := r.Origin; o != nil {
		long |= len(o.ThreadName) | len(o.ProcessName) | len(o.TaskName)
		for i := range o.Residue {
			p := &o.Residue[i]
			switch key, _ := p.Key.(string); attrOf(key) {
			case attrTaskName:
				if _, absent := p.Value.(sluice.Absent); !absent {
					return false, false
				}
				hasTask = false
			case attrMessage, attrAsctime:
			default:
				return false, false
			}
		}
	}
	return hasTask, uint64(long) < math.MaxInt32
}

// appendUsual appends the beginning of the dict and its entries of Python's own
// attributes. Those of a record differ in their values only: here lie the opcodes
// around them, since a record is to cost what copying it does.
func appendUsual(b []byte, s *sluice.Standard, hasTask bool) []byte {
	b = appendPlace(appendMessage(b, s.Name, s.Msg), s)
	return appendProcess(appendTimes(b, s.Created, s.Msecs, s.RelativeCreated), s, hasTask)
}

func appendMessage(b []byte, name, msg string) []byte {
	b = appendText(append(b, "}(X\x04\x00\x00\x00nameX"...), name)
	return appendText(append(b, "X\x03\x00\x00\x00msgX"...), msg)
}

// appendPlace appends what lies between the message and the time.
func appendPlace(b []byte, s *sluice.Standard) []byte {
	b = appendText(append(b, "X\x04\x00\x00\x00argsNX\x09\x00\x00\x00levelnameX"...), s.LevelName)
	b = pickle.AppendInt(append(b, "X\x07\x00\x00\x00levelno"...), s.LevelNo)
	b = appendText(append(b, "X\x08\x00\x00\x00pathnameX"...), s.Pathname)
	b = appendText(append(b, "X\x08\x00\x00\x00filenameX"...), s.Filename)
	b = appendText(append(b, "X\x06\x00\x00\x00moduleX"...), s.Module)
	b = appendOptional(append(b, "X\x08\x00\x00\x00exc_infoNX\x08\x00\x00\x00exc_text"...), s.ExcText)
	b = appendOptional(append(b, "X\x0a\x00\x00\x00stack_info"...), s.StackInfo)
	b = pickle.AppendInt(append(b, "X\x06\x00\x00\x00lineno"...), s.LineNo)
	return appendText(append(b, "X\x08\x00\x00\x00funcNameX"...), s.FuncName)
}

func appendTimes(b []byte, created, msecs, relative float64) []byte {
	b = appendFloat(append(b, "X\x07\x00\x00\x00createdG"...), created)
	b = appendFloat(append(b, "X\x05\x00\x00\x00msecsG"...), msecs)
	return appendFloat(append(b, "X\x0f\x00\x00\x00relativeCreatedG"...), relative)
}

func appendProcess(b []byte, s *sluice.Standard, hasTask bool) []byte {
	b = pickle.AppendInt(append(b, "X\x06\x00\x00\x00thread"...), s.Thread)
	b = appendText(append(b, "X\x0a\x00\x00\x00threadNameX"...), s.ThreadName)
	b = appendText(append(b, "X\x0b\x00\x00\x00processNameX"...), s.ProcessName)
	b = pickle.AppendInt(append(b, "X\x07\x00\x00\x00process"...), s.Process)
	if hasTask {
		b = appendOptional(append(b, "X\x08\x00\x00\x00taskName"...), s.TaskName)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b, _ = pickle.AppendStr(b, s) // usual has looked whether it is too long
	return b
}

// appendOptional appends a str, None if it is empty.
func appendOptional(b []byte, s string) []byte {
	if s == "" {
		return append(b, 'N')
	}
	return appendText(append(b, 'X'), s)
}

func appendFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(b, math.Float64bits(f))
}

func appendEntry(d *pickle.DictAppender, key string, v slog.Value) error {
	switch v.Kind() {
	case slog.KindString:
		return d.Str(key, v.String())
	case slog.KindInt64:
		return d.Int(key, v.Int64())
	case slog.KindFloat64:
		return d.Float(key, v.Float64())
	case slog.KindBool:
		return d.Bool(key, v.Bool())
	case slog.KindAny:
		if v.Any() == nil {
			return d.None(key)
		}
	}
	return d.Any(key, python(v))
}
