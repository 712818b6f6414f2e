package natsqueue

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// The headers of a batch.
const (
	headVersion  = "Sluice-Version"
	headProducer = "Sluice-Producer" // its name, for people
	headRun      = "Sluice-Run"      // who it is: another one each time it is opened
	headFirst    = "Sluice-First"    // the number of the first record, among those of the run
	headCount    = "Sluice-Count"    // how many records there are
	headSums     = "Sluice-Sums"     // the checksum of each of them
	headPrevious = "Sluice-Previous" // the run's batch before: the stream's number, and that of its first record; 0 0: none
	headType     = "Content-Type"
	headCheck    = "Sluice-Check" // the checksum of all of these
	version      = "1"
	typePickle   = "application/python-pickle"
	typeJSON     = "application/x-ndjson"
)

const (
	maxCount = 1 << 16 // of records in a batch
	maxName  = 255
	sumSize  = 4
)

var (
	errForeign = errors.New("no batch of sluice")
	errHeader  = errors.New("header damaged")
)

// header is what the headers of a batch say.
type header struct {
	producer string
	run      uint64
	first    uint64
	count    int
	sums     []byte
	previous former
	json     bool
	summer   summer
}

// former is the batch before another one of the same run.
type former struct {
	stream uint64 // the stream's number of it; 0: there is none
	first  uint64 // that of its first record
}

func (h *header) contentType() string {
	if h.json {
		return typeJSON
	}
	return typePickle
}

// set writes the headers.
func (h *header) set(to nats.Header) {
	set := func(key, value string) { to[key] = []string{value} }
	set(headVersion, version)
	set(headProducer, h.producer)
	set(headRun, formatRun(h.run))
	set(headFirst, strconv.FormatUint(h.first, 10))
	set(headCount, strconv.Itoa(h.count))
	set(headSums, base64.RawStdEncoding.EncodeToString(h.sums))
	set(headPrevious, fmt.Sprint(h.previous.stream, h.previous.first))
	set(headType, h.contentType())
	set(headCheck, checkText(to))
}

// checkText is the checksum of the other headers.
func checkText(of nats.Header) string {
	sum := uint32(0)
	for _, key := range []string{headVersion, headProducer, headRun, headFirst, headCount, headSums, headPrevious, headType} {
		sum = crc32.Update(sum, castagnoli(), []byte(of.Get(key)))
		sum = crc32.Update(sum, castagnoli(), []byte{'\n'})
	}
	return fmt.Sprintf("%08x", sum)
}

// parseHeader reads the headers of a batch. The error is errForeign if it is none.
func parseHeader(of nats.Header) (h header, err error) {
	if of.Get(headCheck) == "" && of.Get(headRun) == "" {
		return h, errForeign
	}
	if of.Get(headCheck) != checkText(of) {
		return h, errHeader
	}
	if v := of.Get(headVersion); v != version {
		return h, fmt.Errorf("version %q is not known", v)
	}
	h.producer = of.Get(headProducer)
	var count uint64
	stream, first, _ := strings.Cut(of.Get(headPrevious), " ")
	for _, n := range []struct {
		key, text string
		to        *uint64
		base      int
	}{
		{headRun, of.Get(headRun), &h.run, 16},
		{headFirst, of.Get(headFirst), &h.first, 10},
		{headCount, of.Get(headCount), &count, 10},
		{headPrevious, stream, &h.previous.stream, 10},
		{headPrevious, first, &h.previous.first, 10},
	} {
		if *n.to, err = strconv.ParseUint(n.text, n.base, 64); err != nil {
			return h, fmt.Errorf("%s: %w", n.key, err)
		}
	}
	if h.previous.first > h.first || count == 0 || count > maxCount || h.first == 0 || h.first+count < h.first {
		return h, fmt.Errorf("%d records from %d on", count, h.first)
	}
	h.count = int(count)
	if h.sums, err = base64.RawStdEncoding.DecodeString(of.Get(headSums)); err != nil {
		return h, fmt.Errorf("%s: %w", headSums, err)
	}
	if len(h.sums) != h.count*sumSize {
		return h, fmt.Errorf("%s: %d bytes for %d records", headSums, len(h.sums), h.count)
	}
	switch t := of.Get(headType); t {
	case typeJSON:
		h.json = true
	case typePickle:
	default:
		return h, fmt.Errorf("%s: %q is not known", headType, t)
	}
	return h, nil
}

// end is the number behind that of the last record.
func (h *header) end() uint64 { return h.first + uint64(h.count) }

func formatRun(run uint64) string { return fmt.Sprintf("%016x", run) }

// messageID tells the server whether it has a batch already.
func messageID(run, first uint64) string {
	return formatRun(run) + "-" + strconv.FormatUint(first, 10)
}

// castagnoli is a table that the standard library keeps, and its fastest.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// summer makes checksums of records. The room for a number is here because what
// crc32 is given escapes.
type summer struct{ number [8]byte }

// sum is the checksum of the record with that number, of whose text content is the
// checksum.
func (s *summer) sum(content uint32, seq uint64) uint32 {
	binary.BigEndian.PutUint64(s.number[:], seq)
	return crc32.Update(content, castagnoli(), s.number[:])
}
