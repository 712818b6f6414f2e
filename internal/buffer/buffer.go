// Package buffer keeps byte slices for reuse.
package buffer

import "sync"

// most is the largest capacity that is kept: one huge record must not hold its
// memory for ever.
const most = 64 << 10

// Pool hands out byte slices. The zero Pool is ready; it is safe for concurrent
// use and must not be copied.
type Pool struct{ pool sync.Pool }

// Get gives an empty slice; the pointer goes back with Put.
func (p *Pool) Get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	// Room for most lines at once: growing step by step costs more than the line.
	b := make([]byte, 0, 1024)
	return &b
}

// Put takes b back, with buf as what it has grown to. buf must not be used
// afterwards.
func (p *Pool) Put(b *[]byte, buf []byte) {
	if cap(buf) > most {
		return
	}
	*b = buf[:0]
	p.pool.Put(b)
}
