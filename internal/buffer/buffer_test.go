package buffer

import "testing"

func TestPool(t *testing.T) {
	var p Pool
	b := p.Get()
	if len(*b) != 0 || cap(*b) == 0 {
		t.Errorf("a new buffer has %d bytes and room for %d", len(*b), cap(*b))
	}
	p.Put(b, append(*b, "text"...))
	if b := p.Get(); len(*b) != 0 {
		t.Errorf("a buffer came back with %q in it", *b)
	}
	huge := p.Get()
	p.Put(huge, make([]byte, 0, most+1))
	if cap(*huge) > most {
		t.Errorf("a buffer of %d bytes was kept", cap(*huge))
	}
}
