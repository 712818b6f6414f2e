package redial

import "slices"

// backlog is a row of frames: at its head those that were sent and are kept in
// case they must be sent again, behind them those that wait.
type backlog struct {
	data []byte
	ends []int // where each frame ends, as a position
	base int   // the position of data[0]
	next int   // the first of ends that waits
	top  int   // the position up to which frames were ever sent
}

func (b *backlog) add(p []byte) {
	b.data = append(b.data, p...)
	b.ends = append(b.ends, b.base+len(b.data))
}

// sentTo is the position up to which the frames were sent.
func (b *backlog) sentTo() int {
	if b.next == 0 {
		return b.base
	}
	return b.ends[b.next-1]
}

// held gives the number of frames that wait.
func (b *backlog) held() int { return len(b.ends) - b.next }

// fresh gives the number of bytes that were never sent.
func (b *backlog) fresh() int { return b.base + len(b.data) - max(b.base, b.top) }

// take appends to dst whole frames that wait, up to most bytes, but at least one,
// and gives their number.
func (b *backlog) take(dst []byte, most int) ([]byte, int) {
	from, n := b.sentTo(), 0
	to := from
	for _, end := range b.ends[b.next:] {
		if n > 0 && end-from > most {
			break
		}
		to = end
		n++
	}
	return append(dst, b.data[from-b.base:to-b.base]...), n
}

// within gives the number of frames that wait and end in the next n bytes.
func (b *backlog) within(n int) int {
	frames, _ := slices.BinarySearch(b.ends[b.next:], b.sentTo()+n+1)
	return frames
}

// sent notes that the first n frames that waited were sent, and forgets the oldest
// of those sent as long as keep bytes of them remain.
func (b *backlog) sent(n, keep int) {
	b.next += n
	to, forget := b.sentTo(), 0
	b.top = max(b.top, to)
	for forget < b.next && to-b.ends[forget] >= keep {
		forget++
	}
	if forget == 0 {
		return
	}
	// Moved only when more is given up than moved, so that a byte is moved about
	// once.
	if gone := b.ends[forget-1] - b.base; 2*gone >= len(b.data) {
		b.data = shift(b.data, gone)
		b.base += gone
		b.ends = shift(b.ends, forget)
		b.next -= forget
	}
}

// rewind makes all frames that are kept wait again, up to keep bytes of those
// sent, and gives their number.
func (b *backlog) rewind(keep int) int {
	to, first := b.sentTo(), b.next
	for first > 0 {
		start := b.base
		if first > 1 {
			start = b.ends[first-2]
		}
		if to-start > keep {
			break
		}
		first--
	}
	n := b.next - first
	b.next = first
	return n
}

// shift gives s without its first n, in the same memory unless that is far too
// large for what is left.
func shift[T any](s []T, n int) []T {
	const small = 64 << 10
	rest := s[n:]
	if cap(s) > small && cap(s) > 8*len(rest) {
		return append(make([]T, 0, 2*len(rest)), rest...)
	}
	return s[:copy(s, rest)]
}
