package spool

import (
	"encoding/binary"
	"sync"
	"testing"
	"testing/synctest"
)

// TestSealWaits: who seals a stage waits for those who have taken room in it, and
// nobody takes any behind the seal.
func TestSealWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &stage{first: 7, room: make([]byte, 10)}
		full := make(chan struct{}, 1)
		full <- struct{}{} // of a stage before this one
		one, seq, ok := st.take(4)
		two, next, ok2 := st.take(6)
		if !ok || !ok2 || seq != 7 || next != 8 {
			t.Fatalf("records %d and %d", seq, next)
		}
		if _, _, ok := st.take(1); ok {
			t.Error("there was more room than there is")
		}
		frames := make(chan []byte)
		go func() { frames <- st.seal(full) }()
		for _, fill := range []func(){
			func() { st.fill(two, []byte("second"), 1, full) },
			func() { st.fill(one, []byte("1st "), 0, full) },
		} {
			synctest.Wait()
			select {
			case <-frames:
				t.Fatal("sealed before it was filled")
			default:
			}
			if _, _, ok := st.take(0); ok {
				t.Error("taken behind the seal")
			}
			fill()
		}
		if got := <-frames; string(got) != "1st second" || st.records() != 2 {
			t.Errorf("%d records, %q", st.records(), got)
		}
	})
}

// TestStageAtOnce: of many who put while stages are sealed, each finds its bytes, in
// the place that its number says.
func TestStageAtOnce(t *testing.T) {
	const putters, each = 4, 20000
	full := make(chan struct{}, 1)
	var mu sync.Mutex
	current := &stage{first: 1, room: make([]byte, 8*100)}
	next := uint64(1)
	replace := func(st *stage) {
		mu.Lock()
		defer mu.Unlock()
		if st != nil && st != current {
			return
		}
		for frames := current.seal(full); len(frames) > 0; frames = frames[8:] {
			if got := binary.BigEndian.Uint64(frames); got != next {
				t.Errorf("record %d is in the place of %d", got, next)
			}
			next++
		}
		current = &stage{first: next, room: current.room}
	}
	get := func() *stage {
		mu.Lock()
		defer mu.Unlock()
		return current
	}
	var wg sync.WaitGroup
	for hand := range uint(putters) {
		wg.Go(func() {
			for done := 0; done < each; {
				st := get()
				place, seq, ok := st.take(8)
				if !ok {
					replace(st)
					continue
				}
				st.fill(place, binary.BigEndian.AppendUint64(nil, seq), hand, full)
				if done++; done%70 == 0 {
					replace(nil)
				}
			}
		})
	}
	wg.Wait()
	replace(nil)
	if next != putters*each+1 {
		t.Errorf("%d records, want %d", next-1, putters*each)
	}
}
