package spool

import "sync/atomic"

// stage is memory for frames that are put. Those who put do not wait for one
// another: each takes room by one atomic operation and fills it on its own. Who seals
// the stage waits for them, which is as long as it takes to copy a frame.
//
// What every record changes lies on cache lines of its own: with a lock, or one count
// for all, two processors put no more than one.
type stage struct {
	first  uint64      // the sequence number of its first record
	room   []byte      // all that may be taken
	hurry  atomic.Bool // who has sealed it may wait
	_      [64]byte
	taken  atomic.Uint64 // bytes, records from bit 32 on, and sealed
	_      [64]byte
	filled [hands]struct {
		bytes atomic.Uint64
		_     [56]byte
	}
}

const sealed = 1 << 63

// hands is into how many parts it is counted what is filled.
const hands = 4

// take takes n bytes. It fails if there are not as many, or the stage is sealed.
func (st *stage) take(n int) (place []byte, seq uint64, ok bool) {
	for {
		taken := st.taken.Load()
		at := int(uint32(taken))
		if taken >= sealed || n > len(st.room)-at {
			return nil, 0, false
		}
		if st.taken.CompareAndSwap(taken, taken+1<<32+uint64(n)) {
			return st.room[at : at+n : at+n], st.first + taken>>32, true
		}
	}
}

// fill copies frame to the place that was taken for it, and tells who has sealed the
// stage and waits.
func (st *stage) fill(place, frame []byte, hand uint, full chan<- struct{}) {
	copy(place, frame)
	st.filled[hand%hands].bytes.Add(uint64(len(frame)))
	if st.hurry.Load() {
		select {
		case full <- struct{}{}:
		default:
		}
	}
}

// bytes is how many are taken.
func (st *stage) bytes() int { return int(uint32(st.taken.Load())) }

// records is how many they are.
func (st *stage) records() uint64 { return st.taken.Load() &^ sealed >> 32 }

// seal ends the stage and gives the frames. full has room for one that tells.
func (st *stage) seal(full <-chan struct{}) []byte {
	n := uint64(uint32(st.taken.Or(sealed)))
	for st.whole() != n {
		if !st.hurry.Swap(true) {
			continue // somebody may have filled its place before it saw that
		}
		<-full
	}
	return st.room[:n]
}

// whole is how many bytes are filled.
func (st *stage) whole() (n uint64) {
	for i := range st.filled {
		n += st.filled[i].bytes.Load()
	}
	return n
}
