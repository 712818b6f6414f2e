package parsers

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/faults/fault"
)

// TestBrokenParserIsCaught: one that keeps a promise until some input, and breaks it
// then, is found.
func TestBrokenParserIsCaught(t *testing.T) {
	for name, breaks := range map[string]func(s *session){
		"promise": func(s *session) {
			feed := s.feed
			s.feed = func(data []byte) (string, bool, error) {
				if strings.Contains(string(data), "\x00\x01") {
					return "", false, errors.New("it is broken")
				}
				return feed(data)
			}
		},
		"memory": func(s *session) {
			feed, kept := s.feed, []byte(nil)
			s.feed = func(data []byte) (string, bool, error) {
				if len(data)%97 == 5 {
					kept = make([]byte, 64<<20)
				}
				_ = kept
				return feed(data)
			}
		},
		"record": func(s *session) {
			good := s.good
			s.good = func(m string) (string, error) { got, err := good(m); return got + "x", err }
		},
	} {
		p := pickles()
		open := p.open
		p.open = func() (*session, error) {
			s, err := open()
			breaks(s)
			return s, err
		}
		r := fault.Runner{First: 1, Seeds: 1, Short: true, Dir: t.TempDir(), Log: io.Discard}
		if o := r.Run(t.Context(), fault.Fault{ID: "F0", Case: name, Sluice: runOf(p)}); len(o.Failed) == 0 {
			t.Errorf("%s: nothing was found", name)
		}
	}
}

// TestMakers: what is made by the rules of a format is read often enough that what
// lies behind the first check is reached.
func TestMakers(t *testing.T) {
	for _, p := range parsers() {
		seeds, err := p.seeds()
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.open()
		if err != nil {
			t.Fatal(err)
		}
		m := newMutator(rand.New(rand.NewPCG(1, 1)), p, seeds)
		read, answers := 0, map[string]bool{}
		const n = 2000
		for range n {
			data := m.next()
			if s.seal != nil {
				data = s.seal(m.Rand, data)
			}
			answer, ok, err := s.feed(data)
			if err != nil {
				t.Errorf("%s: %.200q: %.300v", p.name, data, err)
			}
			if ok {
				read++
			}
			answers[shape(answer)] = true
		}
		if read < n/40 || len(answers) < 10 {
			t.Errorf("%s: %d of %d inputs are read, with %d different answers", p.name, read, n, len(answers))
		}
		if s.close != nil {
			if err := s.close(); err != nil {
				t.Error(err)
			}
		}
	}
}
