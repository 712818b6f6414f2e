package receive

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/wire"
)

var _ http.Handler = (*Server)(nil)

// ServeHTTP takes the records of a request, whatever its URL's path: Python's
// HTTPHandler's form, in the URL of a GET or the body of a POST; a JSON object, or an
// array of them; or lines of JSON objects (application/x-ndjson). A body may be
// compressed by gzip or zstd.
//
// The answer's status is 200 when the Emitter has taken, and flushed, what there was
// to take; its body is a JSON object of how many records were stored, came before
// (duplicates), and were refused. It is 400 if all of them were refused, and 503 if
// the Emitter failed: then the same may be sent again, since records with an ID are
// not stored twice. A single record without an ID may have it in the header
// Idempotency-Key.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		w.Header().Set("Connection", "close")
		answer{status: http.StatusServiceUnavailable, Error: "shutting down"}.write(w)
		return
	}
	defer s.exit()
	control := http.NewResponseController(w)
	// They fail where there is nothing to be waited for. That for reading stays: what
	// is left of a body that was refused is read, too, before the answer is sent.
	_ = control.SetReadDeadline(time.Now().Add(s.o.FrameTimeout))
	a := s.take(w, r)
	_ = control.SetWriteDeadline(time.Now().Add(s.o.FrameTimeout))
	a.write(w)
	_ = control.Flush()
	_ = control.SetWriteDeadline(time.Time{})
}

// enter counts a request as something that Shutdown waits for; false: it has waited
// for all.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining && s.active == 0 {
		return false
	}
	s.active++
	return true
}

func (s *Server) exit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave()
}

// answer is what a request is answered.
type answer struct {
	status     int
	challenge  bool   // ask for a token
	Stored     int    `json:"stored"`
	Duplicates int    `json:"duplicates"`
	Refused    int    `json:"refused"`
	Error      string `json:"error,omitempty"` // the first one
}

const maxAnswerError = 200

func (a answer) write(w http.ResponseWriter) {
	if len(a.Error) > maxAnswerError {
		a.Error = strings.ToValidUTF8(a.Error[:maxAnswerError], "")
	}
	body, _ := json.Marshal(a) // never fails
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	switch {
	case a.challenge:
		h.Set("WWW-Authenticate", "Bearer")
	case a.status == http.StatusRequestTimeout, a.status == http.StatusRequestEntityTooLarge:
		h.Set("Connection", "close")
	case a.status == http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, POST")
	case a.status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

// problem is why a request holds no records.
type problem struct {
	status int
	reason string
	err    error
}

func (p *problem) Error() string { return p.err.Error() }

func problemf(status int, reason, format string, args ...any) *problem {
	return &problem{status, reason, fmt.Errorf(format, args...)}
}

// take stores the records of a request.
func (s *Server) take(w http.ResponseWriter, r *http.Request) answer {
	c, p := s.content(w, r)
	defer c.release()
	var a answer
	if p == nil {
		a, p = s.store(r, c)
	}
	if p != nil {
		return s.refusal(r, p)
	}
	return a
}

// refusal counts and answers a request that holds no records.
func (s *Server) refusal(r *http.Request, p *problem) answer {
	s.refuse(r.RemoteAddr, p.reason, false, p.err)
	return answer{status: p.status, challenge: p.status == http.StatusUnauthorized, Error: p.err.Error()}
}

// content is what a request holds.
type content struct {
	kind   string // the type of media
	data   []byte
	budget *budget
}

func (c *content) release() {
	if c != nil && c.budget != nil {
		c.budget.release()
	}
}

const (
	formType   = "application/x-www-form-urlencoded"
	jsonType   = "application/json"
	ndjsonType = "application/x-ndjson"
)

// content reads a request, if it may be read.
func (s *Server) content(w http.ResponseWriter, r *http.Request) (*content, *problem) {
	if s.o.Token != "" && !s.knows(r) {
		return nil, problemf(http.StatusUnauthorized, ReasonToken, "request without the right token")
	}
	switch r.Method {
	case http.MethodGet:
		if len(r.URL.RawQuery) > s.o.MaxFrame {
			return nil, problemf(http.StatusRequestURITooLong, ReasonTooLong, "url of %d bytes: the limit is %d", len(r.URL.RawQuery), s.o.MaxFrame)
		}
		return &content{kind: formType, data: []byte(r.URL.RawQuery)}, nil
	case http.MethodPost:
	default:
		return nil, problemf(http.StatusMethodNotAllowed, ReasonRequest, "method %q: want GET or POST", r.Method)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case formType, jsonType, ndjsonType:
	case "application/ndjson", "application/jsonl":
		kind = ndjsonType
	default:
		if err != nil {
			kind = r.Header.Get("Content-Type")
		}
		return nil, problemf(http.StatusUnsupportedMediaType, ReasonRequest, "content of the type %.100q", kind)
	}
	c := &content{kind: kind, budget: &budget{all: &s.bodies, most: int64(s.o.MaxBodies)}}
	var p *problem
	c.data, p = s.readBody(w, r, c.budget)
	return c, p
}

// knows compares the token in a time that says nothing about it.
func (s *Server) knows(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, given, ok = r.BasicAuth()
	}
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.o.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok
}

// store parses and emits the records of c.
func (s *Server) store(r *http.Request, c *content) (answer, *problem) {
	n, err := c.records(func([]byte) {})
	if err == nil && n == 0 {
		err = errors.New("there is no record in it")
	}
	if err != nil {
		return answer{}, problemf(http.StatusBadRequest, ReasonRequest, "%w", err)
	}
	var id sluice.ID
	if n == 1 {
		id, _ = sluice.ParseID(strings.Trim(r.Header.Get("Idempotency-Key"), `"`))
	}
	a := answer{status: http.StatusOK}
	parse := wire.JSON{}.ParseRecord
	if c.kind == formType {
		parse = wire.Form{}.ParseRecord
	}
	_, _ = c.records(func(data []byte) { a.add(s.one(r.RemoteAddr, data, parse, id)) })
	if err := s.emitter.Flush(context.WithoutCancel(r.Context())); err != nil {
		a.status, a.Error = http.StatusServiceUnavailable, "records could not be flushed"
	}
	if a.status == http.StatusOK && a.Refused == n {
		a.status = http.StatusBadRequest
	}
	return a, nil
}

// one stores one record, whose ID is id if it has none of its own, and gives the
// reason if it was not stored.
func (s *Server) one(peer string, data []byte, parse func([]byte) (*sluice.Record, error), id sluice.ID) (failed *Error) {
	defer func() {
		if failed != nil {
			s.failed(failed)
		} else {
			s.emitted.Add(1)
		}
	}()
	defer caught(peer, &failed)
	if len(data) > s.o.MaxFrame {
		return &Error{peer, ReasonTooLong, fmt.Errorf("record of %d bytes refused: the limit is %d", len(data), s.o.MaxFrame)}
	}
	record, err := parse(data)
	if err == nil && record.ID.IsZero() {
		record.ID = id
	}
	return s.emit(peer, record, err)
}

func (a *answer) add(err *Error) {
	switch {
	case err == nil:
		a.Stored++
		return
	case err.Reason == ReasonDuplicate:
		a.Duplicates++
		return
	case err.Reason == ReasonNotEmitted:
		// The sender is not told what is wrong in here.
		a.status, a.Error = http.StatusServiceUnavailable, "records could not be stored"
		return
	}
	a.Refused++
	if a.Error == "" {
		a.Error = err.Err.Error()
	}
}
