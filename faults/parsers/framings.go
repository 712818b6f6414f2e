package parsers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

const maxFrame = 4 << 10 // is small, so that many are too long

// prefixed is a connection of SocketHandler's.
func prefixed() parser {
	return parser{
		name: "stream-prefixed", title: "receive.Server: connections with lengths in front", make: makeFrames, parts: frameEnds, words: []string{"\x00\x00\x00\x00", "\xff\xff\xff\xff", "\x00\x00\x10\x00", "\x00\x00\x10\x01", "\x00\x04\x00\x01"}, seeds: frameSeeds,
		open: func() (*session, error) {
			s := newServer(wire.Pickle{}, receive.Options{MaxFrame: maxFrame})
			s.serve()
			return &session{
				feed: func(data []byte) (string, bool, error) {
					before := s.Stats()
					said := s.connect(data, pieceOf(data))
					after := s.Stats()
					err := noPanic(said)
					if got, want := int(after.Received-before.Received), framesIn(data); got != want {
						err = errors.Join(err, fmt.Errorf("%d frames came, there are %d", got, want))
					}
					return reasons(said), after.Emitted > before.Emitted, err
				},
				good: func(message string) (string, error) {
					data, err := wire.Frame{Formatter: wire.Pickle{}}.AppendRecord(nil, &sluice.Record{Message: message})
					if err != nil {
						return "", err
					}
					s.connect(data, 7)
					return s.took.message, nil
				},
				close: s.close,
			}, nil
		},
	}
}

// pieceOf says in how large pieces an input comes: the same for the same input.
func pieceOf(data []byte) int { return 1 << (len(data) % 13) }

// framesIn counts the frames that a connection begins, by the rules of Options.MaxFrame.
func framesIn(data []byte) (n int) {
	for len(data) > 0 {
		n++
		if len(data) < 4 {
			return n
		}
		size := uint64(binary.BigEndian.Uint32(data))
		data = data[4:]
		if size > 64*maxFrame || size > uint64(len(data)) {
			return n
		}
		data = data[size:]
	}
	return n
}

func noPanic(said []*receive.Error) error {
	for _, e := range said {
		if strings.Contains(e.Error(), "panic") {
			return e
		}
	}
	return nil
}

func reasons(said []*receive.Error) string {
	var b strings.Builder
	for _, e := range said[:min(len(said), 4)] {
		b.WriteString(e.Error())
	}
	return b.String()
}

func makeFrames(r *rand.Rand, dst []byte) []byte {
	for range 1 + r.IntN(4) {
		start := len(dst)
		dst = makePickle(r, append(dst, 0, 0, 0, 0))
		n := uint32(len(dst) - start - 4)
		if r.IntN(8) == 0 {
			n = uint32(interesting[r.IntN(len(interesting))])
		}
		binary.BigEndian.PutUint32(dst[start:], n)
	}
	return dst
}

// frameEnds are the ends of the lengths and of the frames.
func frameEnds(data []byte) (ends []int) {
	for at := 0; len(data)-at >= 4; {
		n := int(binary.BigEndian.Uint32(data[at:]))
		ends = append(ends, at+4)
		if n > len(data)-at-4 {
			break
		}
		at += 4 + n
		ends = append(ends, at)
	}
	return ends
}

func frameSeeds() ([][]byte, error) {
	pickles, err := pickleSeeds()
	for i, data := range pickles {
		pickles[i] = append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
	}
	return pickles, err
}

// noted is a Parser that keeps what it was given.
type noted struct {
	wire.Syslog
	messages [][]byte
}

func (n *noted) ParseRecordInto(r *sluice.Record, data []byte) error {
	n.messages = append(n.messages, append([]byte(nil), data...))
	return n.Syslog.ParseRecordInto(r, data)
}

// delimited is a connection of syslog's.
func delimited() parser {
	return parser{
		name: "stream-syslog", title: "receive.Server: connections of syslog, whose framing is found out", make: makeMessages, parts: sentences, words: []string{"\x00", "\n", "\r\n", "\x00\n", "<14>", "10 <14>", "0 ", "999999999 ", "9999999999 ", "4096 ", "4097 ", "262145 "}, seeds: syslogSeeds,
		open: func() (*session, error) {
			parser := &noted{}
			s := newServer(parser, receive.Options{Framing: receive.Syslog, MaxFrame: maxFrame})
			s.serve()
			return &session{
				feed: func(data []byte) (string, bool, error) {
					parser.messages = parser.messages[:0]
					said := s.connect(data, pieceOf(data))
					err := noPanic(said)
					if e := allThere(data, parser.messages, len(said) == 0); e != nil {
						err = errors.Join(err, e)
					}
					return fmt.Sprint(reasons(said), strings.Repeat("m", min(len(parser.messages), 8))), len(parser.messages) > 0, err
				},
				good: func(message string) (string, error) {
					s.connect([]byte("<14>"+message+"\n"), 7)
					return s.took.message, nil
				},
				close: s.close,
			}, nil
		},
	}
}

// allThere breaks the promise that the messages are what came, in order; and nothing but
// what frames are made of is left out, if nothing was refused.
func allThere(data []byte, messages [][]byte, all bool) error {
	rest := data
	for _, m := range messages {
		i := bytes.Index(rest, m)
		if i < 0 {
			return fmt.Errorf("%.100q did not come, or not behind the one before", m)
		}
		if all && len(bytes.Trim(rest[:i], "0123456789 \r\n\x00")) > 0 {
			return fmt.Errorf("%.100q is left out", rest[:i])
		}
		rest = rest[i+len(m):]
	}
	if all && len(bytes.Trim(rest, "0123456789 \r\n\x00")) > 0 {
		return fmt.Errorf("%.100q is left out at the end", rest)
	}
	return nil
}

func makeMessages(r *rand.Rand, dst []byte) []byte {
	kind := r.IntN(4)
	for range 1 + r.IntN(6) {
		start := len(dst)
		dst = makeSyslog(r, dst)
		switch kind {
		case 0:
			dst = append(dst, 0)
		case 1:
			dst = append(dst, '\n')
		case 2:
			dst = append(dst, '\r', '\n')
		default:
			message := append([]byte(nil), dst[start:]...)
			dst = append(strconv.AppendInt(dst[:start], int64(len(message)), 10), ' ')
			dst = append(dst, message...)
		}
	}
	return dst
}
