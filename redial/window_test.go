package redial

import (
	"net"
	"testing"
)

// TestWindow: what the options say holds; without a word from them it is what a peer's
// window has shown, at its largest.
func TestWindow(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	for _, tt := range []struct {
		name string
		h    *Hold
		want int
	}{
		{"without Hold", nil, 0},
		{"a number", &Hold{Replay: 5}, 5},
		{"nothing again", &Hold{Replay: -1}, 0},
		{"no TCP", &Hold{}, ownWindow},
	} {
		if w := newWindow(a, tt.h); w.bytes != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, w.bytes, tt.want)
		}
	}
	says := 0
	w := window{bytes: ownWindow, advertised: func() int { return says }}
	for i, step := range []struct{ says, sent, want int }{
		{64 << 10, lookEvery, ownWindow + 128<<10},
		{1 << 20, lookEvery - 1, ownWindow + 128<<10}, // not looked at
		{1 << 20, 1, ownWindow + 2<<20},
		{4 << 10, lookEvery, ownWindow + 2<<20}, // most of the buffer is unread
		{0, lookEvery, ownWindow + 2<<20},
		{2 << 20, 10 * lookEvery, ownWindow + 4<<20},
	} {
		says = step.says
		if w.sent(step.sent); w.bytes != step.want {
			t.Errorf("step %d: %d, want %d", i, w.bytes, step.want)
		}
	}
	w = window{bytes: ownWindow, advertised: func() int { return 0 }}
	if w.look(); w.bytes != ownWindow+unknownBuffer {
		t.Errorf("of a peer of which nothing is known %d", w.bytes)
	}
}
