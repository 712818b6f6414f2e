package natsqueue

import (
	"bytes"
	"encoding/base64"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/sluicelog/sluice"
)

// hostile is a batch as somebody may publish it: the values of headers, and the body.
type hostile struct {
	run, first, count, sums, previous, kind string
	body                                    []byte
}

// golden is a good one of three records.
func golden(t testing.TB, json bool) hostile {
	t.Helper()
	c := newCodec(json)
	h := header{producer: "web", run: 5, first: 1, count: 3, json: json}
	var body []byte
	for i := range 3 {
		text, sum, err := c.append(nil, message(i))
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, text...)
		s := h.summer.sum(sum, uint64(i+1))
		h.sums = append(h.sums, byte(s>>24), byte(s>>16), byte(s>>8), byte(s))
	}
	to := nats.Header{}
	h.set(to)
	return hostile{to.Get(headRun), to.Get(headFirst), to.Get(headCount), to.Get(headSums), to.Get(headPrevious), to.Get(headType), body}
}

// read looks whether what is given is what has the right checksum. The checksum of the
// headers is always right.
func (b *hostile) read(t testing.TB, c *codec) (taken bool) {
	from := nats.Header{}
	for k, v := range map[string]string{headVersion: version, headProducer: "web", headRun: b.run, headFirst: b.first, headCount: b.count, headSums: b.sums, headPrevious: b.previous, headType: b.kind} {
		from[k] = []string{v}
	}
	from.Set(headCheck, checkText(from))
	h, err := parseHeader(from)
	if err != nil {
		return false
	}
	n := 0
	h.each(b.body, func(i int, content []byte, intact bool) {
		if i != n || intact != (content != nil) {
			t.Fatalf("record %d: %d, %v %q", n, i, intact, content)
		}
		n++
		if intact && !h.verify(content, i) {
			t.Fatalf("record %d is not as it was written", i)
		}
		var r sluice.Record
		_ = c.parse(&r, content, h.json)
	})
	if n != h.count {
		t.Fatalf("%d records, want %d", n, h.count)
	}
	if _, err := base64.RawStdEncoding.DecodeString(b.sums); err != nil {
		t.Fatal("sums that are none were taken")
	}
	to := nats.Header{}
	h.set(to)
	if again, err := parseHeader(to); err != nil || again.run != h.run || again.first != h.first || again.count != h.count || again.previous != h.previous || again.json != h.json || !bytes.Equal(again.sums, h.sums) {
		t.Fatalf("%+v becomes %+v, %v", h, again, err)
	}
	return true
}

// seal makes the sums those of the body, as one does who means harm.
func (b *hostile) seal() {
	h := header{json: b.kind == typeJSON}
	h.first, _ = strconv.ParseUint(b.first, 10, 64)
	count, _ := strconv.Atoi(b.count)
	var sums []byte
	for body := b.body; len(sums) < count*sumSize; {
		content, rest, ok := cut(body, h.json)
		if !ok {
			break
		}
		s := h.summer.sum(crc32.Checksum(content, castagnoli()), h.first+uint64(len(sums)/sumSize))
		sums, body = append(sums, byte(s>>24), byte(s>>16), byte(s>>8), byte(s)), rest
	}
	b.sums = base64.RawStdEncoding.EncodeToString(sums)
	b.count = strconv.Itoa(len(sums) / sumSize)
}

// TestHostileBatches: whatever is broken in a batch, nothing breaks here.
func TestHostileBatches(t *testing.T) {
	const most = 2_000_000 // bytes
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	good := []hostile{golden(t, false), golden(t, true)}
	c, inputs, read := newCodec(false), 0, 0
	for size := 0; size < most; inputs++ {
		b := good[r.IntN(2)]
		b.body = bytes.Clone(b.body)
		for range 1 + r.IntN(4) {
			b.mutate(r)
		}
		if r.IntN(2) == 0 {
			b.seal()
		}
		if b.read(t, c) {
			read++
		}
		size += len(b.run) + len(b.first) + len(b.count) + len(b.sums) + len(b.previous) + len(b.kind) + len(b.body)
	}
	if read == 0 || read == inputs {
		t.Errorf("%d of %d were read", read, inputs)
	}
}

// mutate breaks something.
func (b *hostile) mutate(r *rand.Rand) {
	numbers := []string{"0", "1", "-1", "65536", "65537", "18446744073709551615", "18446744073709551616", "", "x", "0 0", "9 9 9"}
	at := r.IntN(max(1, len(b.body)))
	switch r.IntN(9) {
	case 0:
		*[]*string{&b.run, &b.first, &b.count, &b.previous}[r.IntN(4)] = numbers[r.IntN(len(numbers))]
	case 1:
		b.sums = b.sums[:r.IntN(len(b.sums)+1)]
	case 2:
		b.kind = []string{typePickle, typeJSON, "", "text/plain"}[r.IntN(4)]
	case 3:
		b.body = b.body[:min(at, len(b.body))]
	case 4:
		b.body = append(b.body, b.body[min(at, len(b.body)):]...)
	default:
		for range 1 + r.IntN(8) {
			if at < len(b.body) {
				b.body[at] ^= byte(1 << r.IntN(8))
				at += r.IntN(16)
			}
		}
	}
}

// FuzzBatch: whatever comes, nothing breaks, and what is given is what has the right
// checksum.
func FuzzBatch(f *testing.F) {
	for _, json := range []bool{false, true} {
		b := golden(f, json)
		f.Add(b.run, b.first, b.count, b.sums, b.previous, b.kind, b.body)
	}
	f.Fuzz(func(t *testing.T, run, first, count, sums, previous, kind string, body []byte) {
		b := hostile{run, first, count, sums, previous, kind, body}
		b.read(t, newCodec(false))
	})
}
