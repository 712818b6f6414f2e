package queue_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/queue"
)

// various makes records of which no two are alike: few fields, all of them, and as
// many attributes as memory has room for, and more.
func various(rnd *rand.Rand, n int) *sluice.Record {
	r := &sluice.Record{Level: []sluice.Level{sluice.Info, sluice.Error}[rnd.IntN(2)], Message: fmt.Sprint("message ", n), PC: uintptr(n)}
	for i := range []int{0, 0, 1, 5, 5, 40, 64, 65}[rnd.IntN(8)] {
		r.Attrs = append(r.Attrs, slog.Int(fmt.Sprint("key", i), n))
	}
	switch rnd.IntN(8) {
	case 0:
		r.LevelName, r.Name = fmt.Sprint("level ", n), fmt.Sprint("name ", n)
	case 1:
		r.ExcText, r.StackInfo = fmt.Sprint("error ", n), fmt.Sprint("stack ", n)
	case 2:
		r.Source = &slog.Source{Function: fmt.Sprint("function ", n)}
	case 3:
		r.Origin = &sluice.Origin{Peer: fmt.Sprint("peer ", n), Residue: []pyval.Pair{{Key: "n", Value: n}}}
	case 4:
		r.ID = sluice.ID{Source: 1, Seq: uint64(n)}
	}
	return r
}

// Whatever is put, taken, given back and taken over: a record is what it was when it
// was put, and comes in its order.
func TestContents(t *testing.T) {
	for seed := range uint64(16) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		// A small ring is full now and then. With urgent records or several readers it
		// would drop what it has accepted.
		o, size, most := &queue.RingOptions{Full: queue.DropNewest}, []int{1, 7, 64, 200}[rnd.IntN(4)], 1
		if seed%2 == 0 {
			o.Urgent, size, most = []sluice.Level{0, sluice.Error}[rnd.IntN(2)], 4000, 3
		}
		q := queue.NewRing(size, o)
		type reader struct {
			queue.Getter
			batch queue.Batch
			want  []*sluice.Record
		}
		readers := []*reader{{Getter: cursor(t, q, "0")}}
		done, cancel := context.WithCancel(t.Context())
		cancel()
		for n := range 2000 {
			k := readers[rnd.IntN(len(readers))]
			switch rnd.IntN(9) {
			default:
				r := various(rnd, n)
				if q.Put(t.Context(), r) != nil {
					break
				}
				want := r.Clone()
				for _, k := range readers {
					k.want = append(k.want, want)
				}
				// The ring has a copy: what is done to r makes no difference to it.
				r.Message = "changed"
				clear(r.Attrs)
			case 4, 5:
				if k.batch == nil {
					k.batch, _ = k.Get(done, 1+rnd.IntN(100))
				}
			case 6:
				if k.batch == nil {
					break
				}
				got := k.batch.Records()
				m := rnd.IntN(len(got) + 1)
				for i, r := range got[:m] {
					if !same(r, k.want[i]) {
						t.Fatalf("seed %d: record %d is %+v, want %+v", seed, n, r, k.want[i])
					}
				}
				if err := k.batch.Ack(t.Context(), m); err != nil {
					t.Fatal(err)
				}
				k.want = k.want[m:]
				if m == len(got) {
					k.batch = nil
				}
			case 7:
				if k.batch != nil {
					_ = k.batch.Nak(t.Context(), 0)
					k.batch = nil
				}
			case 8:
				if i := slices.Index(readers, k); rnd.IntN(10) == 0 {
					k.Getter, k.batch = cursor(t, q, fmt.Sprint(i)), nil
				} else if len(readers) < most {
					// It gets those that no reader has taken yet.
					added := &reader{Getter: cursor(t, q, fmt.Sprint(len(readers)))}
					for _, k := range readers {
						if n := added.Stats().Held; uint64(len(k.want)) >= n {
							added.want = slices.Clone(k.want[uint64(len(k.want))-n:])
						}
					}
					readers = append(readers, added)
				}
			}
		}
		for _, k := range readers {
			if k.batch != nil {
				_ = k.batch.Nak(t.Context(), 0)
			}
			for i, m := range drain(t, k) {
				if m != k.want[i].Message {
					t.Fatalf("seed %d: %q is left, want %q", seed, m, k.want[i].Message)
				}
			}
		}
		st := q.Stats()
		balance(t, st)
		if st.Held != 0 {
			t.Errorf("seed %d: all have all, but %d are held", seed, st.Held)
		}
	}
}

// same says whether two records are equal, field by field; no attributes are no
// attributes.
func same(a, b *sluice.Record) bool {
	x, y := *a, *b
	if len(x.Attrs) == 0 && len(y.Attrs) == 0 {
		x.Attrs, y.Attrs = nil, nil
	}
	return reflect.DeepEqual(x, y)
}

// No field of a Record is forgotten when it is put, nor left from the one that was
// in its place before.
func TestEachField(t *testing.T) {
	kind := reflect.TypeFor[sluice.Record]()
	full := sluice.Record{
		Time: time.Now(), Level: sluice.Error, LevelName: "level", Name: "name", Message: "message",
		Scope: new(sluice.Scope), Attrs: []slog.Attr{slog.Int("a", 1)}, PC: 1, Source: &slog.Source{Line: 1},
		ExcText: "error", StackInfo: "stack", Origin: &sluice.Origin{Peer: "peer"}, ID: sluice.ID{Source: 1, Seq: 1},
	}
	for i := range kind.NumField() {
		if reflect.ValueOf(full).Field(i).IsZero() {
			t.Errorf("a field that this test does not fill: %s", kind.Field(i).Name)
		}
		one := &sluice.Record{}
		reflect.ValueOf(one).Elem().Field(i).Set(reflect.ValueOf(full).Field(i))
		q := queue.NewRing(4, nil)
		g := cursor(t, q, "a")
		for _, r := range []*sluice.Record{one, {}, &full, {}, one} {
			// So often that it comes into each place of a block.
			for range 40 {
				_ = q.Put(t.Context(), r)
				b, err := g.Get(t.Context(), 1)
				if err != nil {
					t.Fatal(err)
				}
				if got := b.Records()[0]; !same(got, r) {
					t.Fatalf("%s: got %+v, want %+v", kind.Field(i).Name, got, r)
				}
				_ = b.Ack(t.Context(), 1)
			}
		}
	}
}
