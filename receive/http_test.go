package receive_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/receive"
)

// post makes a request.
func post(kind, body string, headers ...string) *http.Request {
	r := httptest.NewRequest("POST", "/log", strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// said is the body of an answer.
type said struct {
	Stored, Duplicates, Refused int
	Error                       string
}

// ask gives r to s.
func ask(t *testing.T, s *receive.Server, r *http.Request) (int, said) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var a said
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	return w.Code, a
}

const (
	form   = "application/x-www-form-urlencoded"
	ndjson = "application/x-ndjson"
	object = "application/json"
)

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func zstded(text string) string {
	e, _ := zstd.NewWriter(nil)
	return string(e.EncodeAll([]byte(text), nil))
}

// TestHTTPRequests: what each request is answered, and what of it arrives.
func TestHTTPRequests(t *testing.T) {
	long := `{"msg": "` + strings.Repeat("x", 2000) + `"}`
	for _, tt := range []struct {
		name     string
		r        *http.Request
		status   int
		messages string
		refused  int
		reason   string // in the counts
	}{
		{"GET", httptest.NewRequest("GET", "/x?msg=hello+%25s&args=%28%27you%27%2C%29", nil), 200, "[hello you]", 0, ""},
		{"form", post(form, "msg=hello&levelno=30"), 200, "[hello]", 0, ""},
		{"form with charset", post(form+"; charset=utf-8", "msg=h%C3%A9"), 200, "[hé]", 0, ""},
		{"object", post(object, ` {"msg": "a"} `), 200, "[a]", 0, ""},
		{"array", post(object, `[{"msg": "a"}, {"msg": "}]\"", "args": null} ,{"msg":"c","x":[{}]}]`), 200, `[a }]" c]`, 0, ""},
		{"lines", post(ndjson, "{\"msg\": \"a\"}\r\n\n{\"msg\": \"b\"}"), 200, "[a b]", 0, ""},
		{"jsonl", post("application/jsonl", `{"msg": "a"}`), 200, "[a]", 0, ""},
		{"gzip", post(ndjson, gzipped("{\"msg\": \"a\"}\n"), "Content-Encoding", "gzip"), 200, "[a]", 0, ""},
		{"zstd", post(form, zstded("msg=a"), "Content-Encoding", "zstd"), 200, "[a]", 0, ""},
		{"one bad line", post(ndjson, "{\"msg\": \"a\"}\nnonsense\n{\"msg\": \"b\"}\n"), 200, "[a b]", 1, receive.ReasonBad},
		{"a long line", post(ndjson, "{\"msg\": \"a\"}\n"+long), 200, "[a]", 1, receive.ReasonTooLong},
		{"only bad lines", post(ndjson, "1\n2"), 400, "[]", 2, receive.ReasonBad},
		{"broken array", post(object, `[{"msg": "a"}, {"msg": `), 400, "[]", 0, receive.ReasonRequest},
		{"array of others", post(object, `[1]`), 400, "[]", 0, receive.ReasonRequest},
		{"array without comma", post(object, `[{} {}]`), 400, "[]", 0, receive.ReasonRequest},
		{"nothing in it", post(object, `[]`), 400, "[]", 0, receive.ReasonRequest},
		{"nothing at all", post(form, ``), 400, "[]", 0, receive.ReasonRequest},
		{"GET of nothing", httptest.NewRequest("GET", "/favicon.ico", nil), 400, "[]", 0, receive.ReasonRequest},
		{"a long url", httptest.NewRequest("GET", "/?msg="+strings.Repeat("x", 2000), nil), 414, "[]", 0, receive.ReasonTooLong},
		{"a long form", post(form, "msg="+strings.Repeat("x", 2000)), 400, "[]", 1, receive.ReasonTooLong},
		{"method", httptest.NewRequest("PUT", "/", nil), 405, "[]", 0, receive.ReasonRequest},
		{"media type", post("text/plain", "x"), 415, "[]", 0, receive.ReasonRequest},
		{"no media type", post("", "x"), 415, "[]", 0, receive.ReasonRequest},
		{"encoding", post(form, "msg=a", "Content-Encoding", "br"), 415, "[]", 0, receive.ReasonRequest},
		{"no gzip", post(form, "msg=a", "Content-Encoding", "gzip"), 400, "[]", 0, receive.ReasonRequest},
		{"half a gzip", post(form, gzipped("msg=abc")[:15], "Content-Encoding", "gzip"), 400, "[]", 0, receive.ReasonTruncated},
		{"no zstd", post(form, "msg=abcdef", "Content-Encoding", "zstd"), 400, "[]", 0, receive.ReasonRequest},
		{"too large", post(ndjson, strings.Repeat(" ", 1<<16)), 413, "[]", 0, receive.ReasonTooLong},
		{"too large when unpacked", post(ndjson, gzipped(strings.Repeat("{\"msg\": \"a\"}\n", 1<<14)), "Content-Encoding", "gzip"), 413, "[]", 0, receive.ReasonTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got emittest.Recorder
			s := receive.NewServer(&got, nil, &receive.Options{MaxFrame: 1000, MaxBody: 32 << 10})
			code, a := ask(t, s, tt.r)
			if code != tt.status || a.Refused != tt.refused || fmt.Sprint(got.Messages()) != tt.messages || a.Stored != len(got.Messages()) {
				t.Errorf("%d %+v, %q", code, a, got.Messages())
			}
			st := s.Stats()
			if st.Emitted != uint64(a.Stored) || st.Received != uint64(a.Stored+a.Refused) || tt.reason != "" && st.Refused[tt.reason] == 0 || tt.reason == "" && len(st.Refused) > 0 {
				t.Errorf("%+v", st)
			}
			if tt.status != 200 && a.Error == "" {
				t.Error("no reason")
			}
		})
	}
}

// TestHTTPStoresOnce: what is sent again is told by its ID; what could not be stored
// is asked for again, and stored then.
func TestHTTPStoresOnce(t *testing.T) {
	var got emittest.Recorder
	s := receive.NewServer(&got, nil, nil)
	lines := `{"msg": "a", "sluice_id": "00000000000000aa-1"}` + "\n" + `{"msg": "b", "sluice_id": "00000000000000aa-2"}`
	got.Fail(errors.New("disk full"))
	if code, a := ask(t, s, post(ndjson, lines)); code != 503 || a.Stored != 0 || strings.Contains(a.Error, "disk") {
		t.Errorf("%d %+v", code, a)
	}
	got.Fail(nil)
	if code, a := ask(t, s, post(ndjson, lines)); code != 200 || a.Stored != 2 {
		t.Errorf("%d %+v", code, a)
	}
	if code, a := ask(t, s, post(ndjson, lines)); code != 200 || a.Stored != 0 || a.Duplicates != 2 {
		t.Errorf("again: %d %+v", code, a)
	}
	for range 2 {
		if code, _ := ask(t, s, post(form, "msg=c", "Idempotency-Key", `00000000000000aa-3`)); code != 200 {
			t.Error(code)
		}
	}
	if fmt.Sprint(got.Messages()) != "[a b c]" {
		t.Errorf("%q", got.Messages())
	}
}

func TestHTTPToken(t *testing.T) {
	var got emittest.Recorder
	s := receive.NewServer(&got, nil, &receive.Options{Token: "hunter2"})
	basic := post(form, "msg=b")
	basic.SetBasicAuth("anybody", "hunter2")
	for want, r := range map[int][]*http.Request{
		200: {post(form, "msg=a", "Authorization", "Bearer hunter2"), basic},
		401: {post(form, "msg=x"), post(form, "msg=x", "Authorization", "Bearer hunter"), post(form, "msg=x", "Authorization", "hunter2"), post(form, "msg=x", "Authorization", "Basic hunter2"), post(form, "msg=x", "Authorization", "Bearer ")},
	} {
		for _, r := range r {
			code, a := ask(t, s, r)
			if code != want || strings.Contains(a.Error, "hunter") {
				t.Errorf("%v: %d %+v", r.Header, code, a)
			}
		}
	}
	if len(got.Messages()) != 2 || s.Stats().Refused[receive.ReasonToken] != 5 {
		t.Errorf("%q, %+v", got.Messages(), s.Stats())
	}
}

// TestHTTPBombs: what is unpacked to very much costs little.
func TestHTTPBombs(t *testing.T) {
	zeros := make([]byte, 1<<20)
	bomb := func(w io.WriteCloser) {
		for range 32 {
			_, _ = w.Write(zeros)
		}
		_ = w.Close()
	}
	var z, g bytes.Buffer
	zw, _ := zstd.NewWriter(&z, zstd.WithWindowSize(8<<20))
	bomb(zw)
	bomb(gzip.NewWriter(&g))
	for name, tt := range map[string]struct{ body, encoding string }{"gzip": {g.String(), "gzip"}, "zstd": {z.String(), "zstd"}} {
		s := receive.NewServer(&emittest.Recorder{}, nil, nil)
		r := post(ndjson, tt.body, "Content-Encoding", tt.encoding)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		code, a := ask(t, s, r)
		runtime.ReadMemStats(&after)
		if code != 413 || s.Stats().Refused[receive.ReasonRatio] != 1 {
			t.Errorf("%s of %d bytes: %d %+v, %+v", name, len(tt.body), code, a, s.Stats())
		}
		// All that was allocated on the way, whether it was freed or not.
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		} else {
			t.Logf("%s: 32 MiB in %d bytes, %d allocated", name, len(tt.body), n)
		}
	}
}

// TestHTTPBudget: all requests together hold so much and no more.
func TestHTTPBudget(t *testing.T) {
	s := receive.NewServer(&emittest.Recorder{}, nil, &receive.Options{MaxBodies: 160 << 10})
	in, out := io.Pipe()
	first := httptest.NewRequest("POST", "/", in)
	first.Header.Set("Content-Type", ndjson)
	answered := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, first)
		answered <- w.Code
	}()
	line := `{"msg": "` + strings.Repeat("x", 1000) + `"}` + "\n"
	_, _ = io.WriteString(out, strings.Repeat(line, 40))
	if code, a := ask(t, s, post(ndjson, strings.Repeat(line, 40))); code != 503 || s.Stats().Refused[receive.ReasonBusy] != 1 {
		t.Errorf("%d %+v", code, a)
	}
	_ = out.Close()
	if code := <-answered; code != 200 {
		t.Errorf("the first: %d", code)
	}
	if code, _ := ask(t, s, post(ndjson, strings.Repeat(line, 40))); code != 200 {
		t.Errorf("afterwards: %d", code)
	}
}

// serveRequests serves s on a port until it is shut down.
func serveRequests(t *testing.T, s *receive.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	wg.Go(func() {
		if err := s.ServeRequests(l); !errors.Is(err, receive.ErrServerClosed) {
			t.Errorf("ServeRequests: %v", err)
		}
	})
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return l.Addr().String()
}

// TestHTTPSlowAndMany: who sends nothing has a deadline, and there is a most of
// connections.
func TestHTTPSlowAndMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := receive.NewServer(&emittest.Recorder{}, nil, &receive.Options{FrameTimeout: time.Minute, MaxConns: 2})
		p := newPipes()
		served := make(chan error, 1)
		go func() { served <- s.ServeRequests(p) }()
		// Half of the head, and half of the body.
		head, body := p.dial(), p.dial()
		send(t, head, []byte("POST / HT"))
		send(t, body, []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: "+form+"\r\nContent-Length: 100\r\n\r\nmsg="))
		time.Sleep(time.Minute - 1)
		if n := s.Stats().Conns; n != 2 {
			t.Errorf("%d connections before the deadline", n)
		}
		if text, err := io.ReadAll(body); err != nil || !strings.Contains(string(text), " 408 ") {
			t.Errorf("half a body: %q, %v", text, err)
		}
		if _, err := io.ReadAll(head); err != nil {
			t.Errorf("half a head: %v", err)
		}
		time.Sleep(time.Second)
		if n := s.Stats().Conns; n != 0 {
			t.Errorf("%d connections after the deadline", n)
		}
		a, b := p.dial(), p.dial()
		synctest.Wait()
		if text, _ := io.ReadAll(p.dial()); len(text) > 0 {
			t.Errorf("the third: %q", text)
		}
		if st := s.Stats(); st.Refused[receive.ReasonTooMany] != 1 || st.Conns != 2 {
			t.Errorf("%+v", st)
		}
		_, _ = a.Close(), b.Close()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, receive.ErrServerClosed) {
			t.Errorf("ServeRequests: %v", err)
		}
	})
}

// TestHTTPShutdown: a request in hand is answered, and nothing is begun behind it.
func TestHTTPShutdown(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	e := &slowEmitter{entered: entered, leave: leave}
	s := receive.NewServer(e, nil, nil)
	address := serveRequests(t, s)
	answered := make(chan int)
	go func() {
		resp, err := http.PostForm("http://"+address, map[string][]string{"msg": {"a"}})
		if err != nil {
			answered <- 0
			return
		}
		_ = resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-entered
	ended := make(chan error)
	go func() { ended <- s.Shutdown(context.Background()) }()
	close(leave)
	if code := <-answered; code != 200 {
		t.Errorf("answered %d", code)
	}
	if err := <-ended; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if code, _ := ask(t, s, post(form, "msg=a")); code != 503 {
		t.Errorf("after Shutdown: %d", code)
	}
}

type slowEmitter struct {
	emittest.Recorder
	entered, leave chan struct{}
}

func (e *slowEmitter) Emit(ctx context.Context, r *sluice.Record) error {
	close(e.entered)
	<-e.leave
	return e.Recorder.Emit(ctx, r)
}

// FuzzHTTP: whatever comes is answered, counted and bounded.
func FuzzHTTP(f *testing.F) {
	f.Add(uint8(0), uint8(0), []byte("msg=%25s&args=%28%27x%27%2C%29"))
	f.Add(uint8(1), uint8(0), []byte(`[{"msg": "a"}, {"msg": "b", "x": [{"y": "]"}]}]`))
	f.Add(uint8(2), uint8(0), []byte("{\"msg\": \"a\"}\n{\"msg\": \"b\", \"sluice_id\": \"00000000000000aa-1\"}\n"))
	f.Add(uint8(2), uint8(1), []byte(gzipped("{\"msg\": \"a\"}\n")))
	f.Add(uint8(0), uint8(2), []byte(zstded("msg=a")))
	f.Fuzz(func(t *testing.T, kind, encoding uint8, body []byte) {
		s := receive.NewServer(&emittest.Recorder{}, nil, &receive.Options{MaxBody: 1 << 20})
		r := post([]string{form, object, ndjson, string(body)}[kind%4], string(body), "Content-Encoding", []string{"", "gzip", "zstd", string(body)}[encoding%4])
		code, a := ask(t, s, r)
		st := s.Stats()
		if st.Emitted != uint64(a.Stored) || code == 200 && a.Stored+a.Duplicates == 0 {
			t.Errorf("%d %+v, %+v", code, a, st)
		}
	})
}
