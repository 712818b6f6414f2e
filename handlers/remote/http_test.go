package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// web serves r by HTTP and gives the host for a handler.
func (r *receiver) web(t testing.TB, wrap func(net.Listener) net.Listener) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	if wrap != nil {
		l = wrap(l)
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	wg.Go(func() {
		if err := r.ServeRequests(l); !errors.Is(err, receive.ErrServerClosed) {
			t.Errorf("ServeRequests: %v", err)
		}
	})
	t.Cleanup(func() { _ = r.Shutdown(context.Background()) })
	return host
}

// ways are the ways in which records go by HTTP.
func ways() map[string]remote.HTTPOptions {
	return map[string]remote.HTTPOptions{
		"GET":            {},
		"POST":           {Method: "POST"},
		"JSON":           {Body: remote.BodyJSON},
		"NDJSON, gzip":   {Body: remote.BodyNDJSON, Compress: "gzip"},
		"form, zstd":     {Method: "post", Compress: "zstd"},
		"batches":        {Body: remote.BodyNDJSON, Batch: &remote.HTTPBatch{}},
		"arrays":         {Body: remote.BodyJSON, Batch: &remote.HTTPBatch{Records: 7}},
		"batches, zstd":  {Body: remote.BodyNDJSON, Compress: "zstd", Batch: &remote.HTTPBatch{Bytes: 2000}},
		"arrays, gzip":   {Body: remote.BodyJSON, Compress: "gzip", Batch: &remote.HTTPBatch{Records: 3}},
		"token":          {Method: "POST", Token: "s3cret"},
		"token of Basic": {Method: "POST", Credentials: &remote.BasicAuth{User: "anybody", Password: "s3cret"}},
	}
}

func TestHTTPContract(t *testing.T) {
	for name, o := range ways() {
		t.Run(name, func(t *testing.T) {
			emittest.Run(t, func(t *testing.T) emittest.Target {
				so := &receive.Options{}
				if strings.Contains(name, "token") {
					so.Token = "s3cret"
				}
				r := newReceiver(t, wire.Pickle{}, so)
				o := o
				o.Options = patient
				h := must(t)(remote.NewHTTP(r.web(t, nil), "/log", &o))
				return emittest.Target{Emitter: h.Emitter(), Delivered: func() []string {
					var texts []string
					for _, rec := range r.Records() {
						texts = append(texts, pyval.Repr(wire.Attributes(rec)))
					}
					return texts
				}}
			})
		})
	}
}

// TestHTTPCarriesAll: what arrives has the attributes that were logged.
func TestHTTPCarriesAll(t *testing.T) {
	for name, o := range ways() {
		if strings.Contains(name, "token") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, wire.Pickle{}, nil)
			o := o
			o.Options = patient
			h := must(t)(remote.NewHTTP(r.web(t, nil), "/log?a=1", &o))
			slog.New(h).With(sluice.Name("app.db")).Warn("hello wörld", "n", 2, sluice.Exc(io.ErrUnexpectedEOF), "name", "collides")
			if err := h.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(r.Records()) != 1 {
				t.Fatalf("%d records", len(r.Records()))
			}
			got := r.Records()[0]
			isForm := o.Body == remote.BodyForm
			if got.Message != "hello wörld" || got.Name != "app.db" || got.Level != sluice.Warning || !strings.Contains(got.ExcText, "unexpected EOF") ||
				!strings.HasSuffix(got.Source.File, "http_test.go") || got.ID.IsZero() != isForm || got.Origin.Peer == "" {
				t.Errorf("received %+v, source %+v", got, got.Source)
			}
			want := "[n=2 name_=collides]"
			if name == "GET" {
				want = "[a=1 n=2 name_=collides]" // what was in the URL
			}
			if fmt.Sprint(got.Attrs) != want {
				t.Errorf("attributes %v, want %v", got.Attrs, want)
			}
			if st := remote.HTTPOf(h).Stats(); st.Accepted != 1 || st.Delivered != 1 || st.Held != 0 || len(st.Dropped) > 0 {
				t.Errorf("stats %+v", st)
			}
		})
	}
}

func TestHTTPConstructor(t *testing.T) {
	for name, tt := range map[string]struct {
		host, url string
		o         remote.HTTPOptions
	}{
		"no host":               {"", "/", remote.HTTPOptions{}},
		"a port that is none":   {"h:x", "/", remote.HTTPOptions{}},
		"a port too large":      {"h:65536", "/", remote.HTTPOptions{}},
		"a user in the host":    {"u:hunter2@h", "/", remote.HTTPOptions{}},
		"a user in the url":     {"h", "http://u:hunter2@h/", remote.HTTPOptions{}},
		"method":                {"h", "/", remote.HTTPOptions{Method: "PUT"}},
		"space":                 {"h", "/a b", remote.HTTPOptions{}},
		"line end":              {"h", "/a\r\nX: y", remote.HTTPOptions{}},
		"not ASCII":             {"h", "/é", remote.HTTPOptions{}},
		"context":               {"h", "/", remote.HTTPOptions{TLS: authorityConfig()}},
		"two ways to say who":   {"h", "/", remote.HTTPOptions{Token: "t", Credentials: &remote.BasicAuth{}}},
		"batch of forms":        {"h", "/", remote.HTTPOptions{Batch: &remote.HTTPBatch{}}},
		"GET of JSON":           {"h", "/", remote.HTTPOptions{Method: "get", Body: remote.BodyJSON}},
		"body":                  {"h", "/", remote.HTTPOptions{Body: "xml"}},
		"compression":           {"h", "/", remote.HTTPOptions{Method: "POST", Compress: "br"}},
		"compressed GET":        {"h", "/", remote.HTTPOptions{Compress: "gzip"}},
		"line end in a header":  {"h", "/", remote.HTTPOptions{Header: map[string]wire.Secret{"X-Key": "hunter2\r\nA: b"}}},
		"a header of HTTP":      {"h", "/", remote.HTTPOptions{Header: map[string]wire.Secret{"content-length": "hunter2"}}},
		"line end in the token": {"h", "/", remote.HTTPOptions{Token: "hunter2\n"}},
		"timeout":               {"h", "/", remote.HTTPOptions{Options: remote.Options{Timeout: -1}}},
		"batch":                 {"h", "/", remote.HTTPOptions{Body: remote.BodyJSON, Batch: &remote.HTTPBatch{Records: -1}}},
		"formatter and mapping": {"h", "/", remote.HTTPOptions{Body: remote.BodyJSON, Formatter: wire.JSON{}, MapRecord: wire.Attributes}},
		"formatter of a form":   {"h", "/", remote.HTTPOptions{Formatter: wire.JSON{}}},
	} {
		h, err := remote.NewHTTP(tt.host, tt.url, &tt.o)
		if err == nil {
			_ = h.Close()
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// asked is a server that notes what is asked and answers what it is told.
type asked struct {
	*httptest.Server
	mu      sync.Mutex
	headers []http.Header
	lines   []string
	answer  func(n int, w http.ResponseWriter, r *http.Request)
}

func newAsked(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *asked {
	a := startAsked(answer)
	t.Cleanup(a.Close)
	return a
}

func startAsked(answer func(n int, w http.ResponseWriter, r *http.Request)) *asked {
	a := &asked{answer: answer}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		a.headers = append(a.headers, r.Header)
		a.lines = append(a.lines, r.Method+" "+r.RequestURI+" "+string(body))
		n := len(a.lines)
		a.mu.Unlock()
		if a.answer != nil {
			a.answer(n, w, r)
		}
	}))
	return a
}

func (a *asked) host() string { return strings.TrimPrefix(a.URL, "http://") }

func (a *asked) seen() ([]string, []http.Header) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lines, a.headers
}

func status(code int) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// TestHTTPStatuses: what an answer means for the record, and for the next one.
func TestHTTPStatuses(t *testing.T) {
	for _, tt := range []struct {
		code   int
		reason string // why the record is dropped; empty: it is not
		waits  bool   // no request for a time
	}{
		{200, "", false}, {204, "", false}, {202, "", false}, {400, remote.ReasonRefused, false}, {404, remote.ReasonRefused, false}, {413, remote.ReasonRefused, false},
		{301, remote.ReasonRefused, false}, {302, remote.ReasonRefused, false}, {307, remote.ReasonRefused, false}, {308, remote.ReasonRefused, false},
		{429, redial.ReasonDown, true}, {408, redial.ReasonDown, true}, {500, redial.ReasonDown, true}, {503, redial.ReasonDown, true},
	} {
		t.Run(fmt.Sprint(tt.code), func(t *testing.T) {
			elsewhere := newAsked(t, nil)
			s := newAsked(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", elsewhere.URL+"/else")
				w.WriteHeader(tt.code)
			})
			var reported atomic.Int32
			o := &remote.HTTPOptions{Body: remote.BodyJSON, Token: "hunter2", Options: patient}
			o.RetryStart = new(time.Hour)
			o.OnError = func(_ context.Context, _ *sluice.Record, err error) {
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the token is in %v", err)
				}
				reported.Add(1)
			}
			h := must(t)(remote.NewHTTP(s.host(), "/log", o))
			record := slog.NewRecord(time.Now(), slog.LevelInfo, "x", 0)
			err := h.Handle(t.Context(), record)
			st := remote.HTTPOf(h).Stats()
			if tt.reason == "" {
				if err != nil || st.Delivered != 1 || reported.Load() != 0 {
					t.Errorf("%v, %+v", err, st)
				}
				return
			}
			if err == nil || st.Dropped[tt.reason] != 1 || reported.Load() != 1 || !strings.Contains(err.Error(), fmt.Sprint(tt.code)) {
				t.Errorf("%v, %+v, %d reported", err, st, reported.Load())
			}
			err = h.Handle(t.Context(), record)
			if lines, _ := s.seen(); tt.waits != (len(lines) == 1) || tt.waits != errors.Is(err, redial.ErrDown) {
				t.Errorf("the next record: %v, %d requests", err, len(lines))
			}
			if lines, _ := elsewhere.seen(); len(lines) > 0 {
				t.Errorf("sent elsewhere: %q", lines)
			}
		})
	}
	t.Run("Python looks at none", func(t *testing.T) {
		s := newAsked(t, status(500))
		h := must(t)(remote.NewHTTP(s.host(), "/log", &remote.HTTPOptions{Options: patient}))
		log := slog.New(h)
		log.Info("one")
		log.Info("two")
		if st := remote.HTTPOf(h).Stats(); st.Delivered != 2 {
			t.Errorf("%+v", st)
		}
	})
}

// TestHTTPHeaders: in Python's modes there is no header beyond Python's; elsewhere
// those that were asked for.
func TestHTTPHeaders(t *testing.T) {
	s := newAsked(t, nil)
	h := must(t)(remote.NewHTTP(s.host(), "/log", &remote.HTTPOptions{Options: patient}))
	slog.New(h).Info("x")
	o := &remote.HTTPOptions{Options: patient, Body: remote.BodyJSON, Header: map[string]wire.Secret{"x-key": "k"}, Token: "t", MapRecord: func(r *sluice.Record) *pyval.Dict {
		return &pyval.Dict{Pairs: []pyval.Pair{{Key: "text", Value: r.Message}}}
	}}
	h = must(t)(remote.NewHTTP(s.host(), "/json", o))
	slog.New(h).Info("y")
	slog.New(h).Info("y")
	lines, headers := s.seen()
	if want := http.Header(map[string][]string{"Accept-Encoding": {"identity"}}); fmt.Sprint(headers[0]) != fmt.Sprint(want) {
		t.Errorf("headers %v, want %v", headers[0], want)
	}
	key, next := headers[1].Get("Idempotency-Key"), headers[2].Get("Idempotency-Key")
	if lines[1] != `POST /json {"text": "y"}` || headers[1].Get("X-Key") != "k" || headers[1].Get("Authorization") != "Bearer t" || headers[1].Get("Content-Type") != "application/json" {
		t.Errorf("%s, %v", lines[1], headers[1])
	}
	if _, ok := sluice.ParseID(key); !ok || key == next {
		t.Errorf("keys %q and %q", key, next)
	}
}

// TestHTTPOptionsArePrintedWithoutSecrets.
func TestHTTPOptionsArePrintedWithoutSecrets(t *testing.T) {
	o := remote.HTTPOptions{Credentials: &remote.BasicAuth{User: "u", Password: "hunter2"}, Token: "hunter2", Header: map[string]wire.Secret{"K": "hunter2"}}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %v %+v", o, o, o, *o.Credentials, o.Credentials)} {
		if strings.Contains(text, "hunter2") {
			t.Error(text)
		}
	}
	var a remote.BasicAuth
	if err := a.UnmarshalJSON([]byte(`["u", "p"]`)); err != nil || a.User != "u" || string(a.Password) != "p" {
		t.Errorf("%v, %v", a, err)
	}
	if err := a.UnmarshalJSON([]byte(`["u", "hunter2", 1]`)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// theProxy is there as long as the process, in which the environment is read once.
var theProxy = sync.OnceValue(func() *asked { return startAsked(nil) })

// TestHTTPProxy: through the proxy of the environment, and without saying who we are
// to anybody when that is no URL.
func TestHTTPProxy(t *testing.T) {
	proxy := theProxy()
	before, _ := proxy.seen()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("NO_PROXY", "")
	h := must(t)(remote.NewHTTP("logs.example.com", "/log", &remote.HTTPOptions{Options: patient, Method: "POST", Proxy: true, MapRecord: func(r *sluice.Record) *pyval.Dict {
		return &pyval.Dict{Pairs: []pyval.Pair{{Key: "m", Value: r.Message}}}
	}}))
	slog.New(h).Info("hello there")
	if lines, _ := proxy.seen(); fmt.Sprint(lines[len(before):]) != "[POST http://logs.example.com/log m=hello+there]" {
		t.Errorf("the proxy was asked %q", lines[len(before):])
	}
}
