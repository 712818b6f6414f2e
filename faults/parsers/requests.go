package parsers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/wire"
)

// requests are bodies of HTTP requests. The first byte says of which kind, and how it
// is compressed.
func requests() parser {
	return parser{
		name: "http", title: "receive.Server: forms, JSON and NDJSON by HTTP, gzip and zstd", make: makeBody, parts: sentences, words: append(texts, "\n", "[", "]", "},{", "\x1f\x8b", "\x28\xb5\x2f\xfd"), seeds: bodySeeds,
		open: func() (*session, error) {
			s := newServer(nil, receive.Options{MaxBody: 1 << 20})
			post := func(data []byte) (*httptest.ResponseRecorder, error) {
				if len(data) == 0 {
					data = []byte{0}
				}
				r, err := http.NewRequest(http.MethodPost, "http://h/log", bytes.NewReader(data[1:]))
				if err != nil {
					return nil, err
				}
				r.Header.Set("Content-Type", []string{"application/x-www-form-urlencoded", "application/json", "application/x-ndjson"}[data[0]%3])
				if encoding := []string{"", "gzip", "zstd"}[data[0]/3%3]; encoding != "" {
					r.Header.Set("Content-Encoding", encoding)
				}
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				return w, nil
			}
			return &session{
				feed: func(data []byte) (string, bool, error) {
					before := s.Stats()
					w, err := post(data)
					if err != nil {
						return "", false, err
					}
					after := s.Stats()
					var a struct{ Stored, Duplicates, Refused int }
					if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
						return "", false, fmt.Errorf("the answer %q: %w", w.Body, err)
					}
					if n := int(after.Emitted - before.Emitted); n != a.Stored {
						err = fmt.Errorf("%d records were stored, the answer says %d", n, a.Stored)
					}
					if w.Code == http.StatusOK && a.Stored+a.Duplicates == 0 || strings.Contains(w.Body.String(), "panic") {
						err = fmt.Errorf("%d %s", w.Code, w.Body)
					}
					return strings.ReplaceAll(fmt.Sprint(w.Code/100, w.Body), `"`, ""), a.Stored > 0, err
				},
				good: func(message string) (string, error) {
					line, err := wire.JSON{}.AppendRecord([]byte{1}, &sluice.Record{Message: message})
					if err != nil {
						return "", err
					}
					_, err = post(line)
					return s.took.message, err
				},
			}, nil
		},
	}
}

func makeBody(r *rand.Rand, dst []byte) []byte {
	start := len(dst)
	kind := byte(r.IntN(3))
	dst = append(dst, kind)
	switch kind {
	case 0:
		dst = makeForm(r, dst)
	case 1:
		dst = append(dst, '[')
		for i := range r.IntN(4) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = makeJSON(r, dst)
		}
		dst = append(dst, ']')
	default:
		for range r.IntN(4) {
			dst = append(makeJSON(r, dst), '\n')
		}
	}
	if r.IntN(16) == 0 {
		return compressed(r, dst[:start], dst[start:])
	}
	return dst
}

// compressed gives a body in gzip or zstd.
func compressed(r *rand.Rand, dst, body []byte) []byte {
	kind, text := body[0], append([]byte(nil), body[1:]...)
	if r.IntN(2) == 0 {
		out := bytes.NewBuffer(append(dst, kind+3))
		w := gzip.NewWriter(out)
		_, _ = w.Write(text) // into memory
		_ = w.Close()
		return out.Bytes()
	}
	w, err := zstd.NewWriter(nil)
	if err != nil {
		return append(dst, kind)
	}
	return w.EncodeAll(text, append(dst, kind+6))
}

func bodySeeds() ([][]byte, error) {
	var all [][]byte
	for kind, seeds := range []func() ([][]byte, error){formSeeds, jsonSeeds, jsonSeeds} {
		some, err := seeds()
		if err != nil {
			return nil, err
		}
		for _, data := range some {
			all = append(all, append([]byte{byte(kind)}, data...))
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		all = append(all, compressed(r, nil, makeBody(r, nil)))
	}
	return all, nil
}
