package goroutine

import "testing"

func TestID(t *testing.T) {
	here := ID()
	if here == "" || here != ID() {
		t.Errorf("ID() = %q, then %q", here, ID())
	}
	there := make(chan string)
	go func() { there <- ID() }()
	if id := <-there; id == here || id == "" {
		t.Errorf("another goroutine is %q, this one %q", id, here)
	}
}

// worker calls f from within work.
type worker struct{ f func() bool }

//go:noinline
func (w *worker) work(deep int) bool {
	if deep == 0 {
		return w.f()
	}
	return w.deeper(deep - 1)
}

//go:noinline
func (w *worker) deeper(deep int) bool {
	if deep == 0 {
		return w.f()
	}
	return w.deeper(deep - 1)
}

func TestWithin(t *testing.T) {
	within := func() bool { return Within((*worker).work) }
	for _, deep := range []int{0, 1, 10, 59, 60, 61, 62, 63, 64, 65, 200} {
		if w := (&worker{within}); !w.work(deep) {
			t.Errorf("%d calls deep it is not found", deep)
		}
		if w := (&worker{within}); w.deeper(deep) {
			t.Errorf("%d calls deep it is found where it is not", deep)
		}
	}
	w := &worker{func() bool {
		other := make(chan bool)
		go func() { other <- within() }()
		return <-other
	}}
	if w.work(3) {
		t.Error("it is found in a goroutine that it started")
	}
}

func BenchmarkID(b *testing.B) {
	for b.Loop() {
		ID()
	}
}

func BenchmarkWithin(b *testing.B) {
	w := &worker{func() bool { return Within((*worker).work) }}
	for b.Loop() {
		w.deeper(10)
	}
}
