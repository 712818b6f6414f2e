package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// key signs.
const key = "a key of thirty-two bytes or so.."

func pickleValues() parser {
	return parser{
		name: "pickle", title: "pickle.Decode, and its limits", make: makePickle, parts: opcodeEnds, words: pickleNames, seeds: pickleSeeds,
		open: func() (*session, error) {
			return &session{
				feed: func(data []byte) (string, bool, error) {
					v, err := pickle.Decode(data, pickle.Limits{})
					if err != nil {
						return refused(err)
					}
					_ = pyval.Repr(v)
					return fmt.Sprintf("%T", v), true, nil
				},
				good: func(message string) (string, error) {
					data, err := pickle.Append(nil, message)
					if err != nil {
						return "", err
					}
					v, err := pickle.Decode(data, pickle.Limits{})
					text, _ := v.(string)
					return text, err
				},
			}, nil
		},
	}
}

func pickles() parser {
	return parser{
		name: "wire-pickle", title: "wire.Pickle: SocketHandler's records", make: makePickle, parts: opcodeEnds, words: pickleNames, seeds: pickleSeeds,
		open: func() (*session, error) { return codec(wire.Pickle{}, wire.Pickle{}, nil), nil },
	}
}

// signed are pickles behind an HMAC, of which half have the right one.
func signed() parser {
	sign := wire.Pickle{Key: []byte(key)}
	return parser{
		name: "wire-signed", title: "wire.Pickle with a key", make: makePickle, parts: opcodeEnds, words: pickleNames, seeds: pickleSeeds,
		open: func() (*session, error) {
			s := codec(sign, sign, nil)
			inner := s.feed
			wasSigned := false
			s.seal = func(r *rand.Rand, data []byte) []byte {
				if wasSigned = r.IntN(2) == 0; !wasSigned {
					return data
				}
				return append(mac(data), data...)
			}
			s.feed = func(data []byte) (string, bool, error) {
				answer, read, err := inner(data)
				if read && !bytes.Equal(data[:32], mac(data[32:])) {
					err = errors.Join(err, errors.New("it was read and not signed"))
				}
				return answer, read, err
			}
			return s, nil
		},
	}
}

func jsonLines() parser {
	return parser{
		name: "wire-json", title: "wire.JSON", make: makeJSON, parts: sentences, words: append(texts, "NaN", `\ud800`, "[[[[", "{\"a\":"), seeds: jsonSeeds,
		open: func() (*session, error) { return codec(wire.JSON{}, wire.JSON{}, wire.JSON{}.ParseRecord), nil },
	}
}

func forms() parser {
	return parser{
		name: "wire-form", title: "wire.Form: HTTPHandler's records", make: makeForm, parts: sentences, words: append(texts, "%", "%00", "%ff", "+", "&args=%28"), seeds: formSeeds,
		open: func() (*session, error) { return codec(into{wire.Form{}}, wire.Form{}, nil), nil },
	}
}

func syslogs() parser {
	return parser{
		name: "wire-syslog", title: "wire.Syslog, of every kind", make: makeSyslog, parts: sentences, words: append(texts, "<14>", "<191>", "1 ", "[sluice@32473 ", `\"`, "\ufeff", "- "), seeds: syslogSeeds,
		open: func() (*session, error) {
			s := codec(new(wire.Syslog), &wire.Syslog{Format: wire.RFC5424}, new(wire.Syslog).ParseRecord)
			inner := s.feed
			s.feed = func(data []byte) (string, bool, error) {
				answer, read, err := inner(data)
				if !read {
					err = errors.Join(err, errors.New("a message was refused"))
				}
				return answer, read, err
			}
			return s, nil
		},
	}
}

// into makes a receive.Parser of one that has no memory of its own.
type into struct{ wire.Form }

func (p into) ParseRecordInto(r *sluice.Record, data []byte) error {
	got, err := p.ParseRecord(data)
	if err != nil {
		*r = sluice.Record{}
		return err
	}
	*r = *got
	return nil
}

// codec is a session of a parser and of the format that writes what it reads. again, if
// not nil, reads what the format has written.
func codec(p receive.Parser, format sluice.Formatter, again func([]byte) (*sluice.Record, error)) *session {
	var record sluice.Record // is used again and again, as that of a connection
	n := 0
	lines := []sluice.Formatter{sluice.NewLogfmt(nil), sluice.NewJSON(nil)}
	var buf []byte
	return &session{
		feed: func(data []byte) (string, bool, error) {
			if err := p.ParseRecordInto(&record, data); err != nil {
				return refused(err)
			}
			n++
			var err error
			if buf, err = oneLine(lines[n%2], buf[:0], &record); err != nil {
				return "", true, err
			}
			if n%8 == 0 {
				err = errors.Join(fresh(p, &record, data), sentOn(format, again, &record))
			}
			return answerOf(&record), true, err
		},
		good: func(message string) (string, error) {
			data, err := format.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Name: "faults", Message: message})
			if err != nil {
				return "", err
			}
			err = p.ParseRecordInto(&record, data)
			return record.Message, err
		},
	}
}

// refused is the answer to what is no record: that is no broken promise.
func refused(err error) (answer string, read bool, broken error) { return err.Error(), false, nil }

// answerOf is what kind of record it is.
func answerOf(r *sluice.Record) string {
	var b strings.Builder
	for _, a := range r.Attrs[:min(len(r.Attrs), 6)] {
		fmt.Fprintf(&b, "%T ", a.Value.Any())
	}
	fmt.Fprintf(&b, "name %t level %t exc %t stack %t id %t source %t residue %d", r.Name != "", r.LevelName != "", r.ExcText != "", r.StackInfo != "", !r.ID.IsZero(), r.Source != nil, len(residue(r)))
	return strings.ReplaceAll(b.String(), "residue ", "residue "+strings.Repeat("i", min(len(residue(r)), 8)))
}

func residue(r *sluice.Record) []pyval.Pair {
	if r.Origin == nil {
		return nil
	}
	return r.Origin.Residue
}

// oneLine formats a record for a file.
func oneLine(f sluice.Formatter, dst []byte, r *sluice.Record) ([]byte, error) {
	line, err := f.AppendRecord(dst, r)
	if err != nil {
		return line, fmt.Errorf("it cannot be formatted: %w", err)
	}
	if i := bytes.IndexByte(line, '\n'); i >= 0 && i != len(line)-1 {
		return line, fmt.Errorf("%T makes more than one line of it", f)
	}
	return line, nil
}

// fresh breaks the promise that a record does not depend on the one before.
func fresh(p receive.Parser, r *sluice.Record, data []byte) error {
	var other sluice.Record
	if err := p.ParseRecordInto(&other, data); err != nil {
		return fmt.Errorf("the second time it is refused: %w", err)
	}
	one, two := pyval.Repr(wire.Attributes(r)), pyval.Repr(wire.Attributes(&other))
	if one != two && !r.Time.IsZero() && r.Time.Equal(other.Time) {
		return fmt.Errorf("behind another it is %.200s, alone %.200s", one, two)
	}
	return nil
}

// sentOn writes a record as it came, and reads it again.
func sentOn(format sluice.Formatter, again func([]byte) (*sluice.Record, error), r *sluice.Record) error {
	if again == nil {
		return nil
	}
	data, err := format.AppendRecord(nil, r)
	if whole := err == nil && len(data) <= 1<<16; !whole {
		return nil // a surrogate, or more than a datagram: the sender is told
	}
	back, err := again(data)
	if err != nil {
		return fmt.Errorf("sent on as %.200q it is refused: %w", data, err)
	}
	if back.Level != r.Level {
		return fmt.Errorf("sent on as %.200q its level is %v, not %v", data, back.Level, r.Level)
	}
	return nil
}
