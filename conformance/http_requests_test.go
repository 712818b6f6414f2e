package conformance

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

type httpRow struct {
	Config struct {
		Host, URL, Method string
		Secure            bool
		Credentials       []string
		MapLogRecord      *[]string
		ServerAnswers     *string `json:"server_answers"`
	}
	ServerAnswers *string `json:"server_answers"`
	Records       []json.RawMessage
	Expect        struct {
		ConstructorError string `json:"constructor_error"`
		Results          []struct {
			Error *string
			Dial  []any
		}
		Requests []struct {
			RequestLine string `json:"request_line"`
			Headers     [][2]string
			BodyB64     []byte `json:"body_b64"`
		}
	}
}

// runHTTPRequests sends the records of a row to a server that notes what comes.
func runHTTPRequests(t *testing.T, data []byte) (string, error) {
	var row httpRow
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	server := &notingServer{answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}
	var now *pyval.Dict // the attributes of the record at hand
	o := row.options(server, func() *pyval.Dict { return now })
	if row.Config.Secure {
		dir := t.TempDir()
		// It is of another name than the rows' hosts.
		o.TLS = &tls.Config{RootCAs: writeCertificate(t, dir), ServerName: "127.0.0.1"}
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
		if err != nil {
			return "", err
		}
		server.secure = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	for _, a := range []*string{row.Config.ServerAnswers, row.ServerAnswers} {
		if a != nil {
			server.answer = *a
		}
	}
	h, err := remote.NewHTTP(row.Config.Host, row.Config.URL, o)
	switch {
	case row.Expect.ConstructorError != "":
		if err == nil {
			return "", errors.New("no error of the constructor")
		}
		return "", nil
	case err != nil:
		// A url that cannot be sent is an error of the constructor instead of each
		// record: nothing is sent either way.
		for _, r := range row.Expect.Results {
			if r.Error == nil {
				return "", err
			}
		}
		return "", row.compare(server)
	}
	for i, raw := range row.Records {
		var v typedValue
		if err := json.Unmarshal(raw, &v); err != nil {
			return "", err
		}
		now = made(v.dict(), row.sent(i))
		r, err := receivedRecord(now)
		if err != nil {
			return "", err
		}
		err = h.Emit(context.Background(), r)
		want := row.Expect.Results[i]
		if (err != nil) != (want.Error != nil) {
			return "", fmt.Errorf("record %d: error %v, want %v", i, err, want.Error)
		}
		if got := remote.HTTPOf(h).Address(); got != net.JoinHostPort(fmt.Sprint(want.Dial[0]), fmt.Sprint(want.Dial[1])) {
			return "", fmt.Errorf("record %d goes to %s, want %v", i, got, want.Dial)
		}
	}
	if err := h.Close(); err != nil {
		return "", err
	}
	return "", row.compare(server)
}

// options are those of the configuration, for a handler that connects to server.
func (row *httpRow) options(server *notingServer, now func() *pyval.Dict) *remote.HTTPOptions {
	c := &row.Config
	o := &remote.HTTPOptions{Method: c.Method, Secure: c.Secure}
	if c.Method == "" {
		o.Method = " " // here an empty one is the default
	}
	if c.Credentials != nil {
		o.Credentials = &remote.BasicAuth{User: c.Credentials[0], Password: wire.Secret(c.Credentials[1])}
	}
	if c.MapLogRecord != nil {
		o.MapRecord = func(r *sluice.Record) *pyval.Dict { return subset(r, *c.MapLogRecord) }
	} else if row.strange() {
		o.MapRecord = func(*sluice.Record) *pyval.Dict { return now() }
	}
	o.Level, o.Timeout = sluice.NotSet, patience
	o.OnError = func(context.Context, *sluice.Record, error) {}
	o.Dial = func(context.Context) (net.Conn, error) { return server.dial(), nil }
	return o
}

// subset is a mapLogRecord that gives these keys.
func subset(r *sluice.Record, keys []string) *pyval.Dict {
	all, some := wire.Attributes(r), &pyval.Dict{}
	for _, key := range keys {
		if v, ok := all.Get(key); ok {
			_ = some.Set(key, v)
		}
	}
	return some
}

// receivedRecord is the record of d, if a record can have such attributes. The
// message is not merged: what does not fit its arguments is for others to find.
func receivedRecord(d *pyval.Dict) (*sluice.Record, error) {
	if !isPlain(d) {
		return &sluice.Record{}, nil
	}
	pickled, err := pickle.Append(nil, d)
	if err != nil {
		return nil, err
	}
	return wire.Pickle{}.ParseRecord(pickled)
}

// isPlain says that all keys of d are names.
func isPlain(d *pyval.Dict) bool {
	for _, p := range d.Pairs {
		if _, ok := p.Key.(string); !ok {
			return false
		}
	}
	return true
}

// strange says that a record has keys that no attribute of Go's has: only a mapping
// gives them.
func (row *httpRow) strange() bool {
	for _, raw := range row.Records {
		var v typedValue
		if json.Unmarshal(raw, &v) == nil && !isPlain(v.dict()) {
			return true
		}
	}
	return false
}

// sent gives the form that record i is to become.
func (row *httpRow) sent(i int) url.Values {
	if i >= len(row.Expect.Requests) {
		return nil
	}
	want := row.Expect.Requests[i]
	form, _, _ := strings.Cut(want.RequestLine, " HTTP/")
	_, form, _ = strings.Cut(form, "?")
	values, _ := url.ParseQuery(form + "&" + string(want.BodyB64))
	return values
}

// made gives the attributes of the record that makeLogRecord makes of those of d,
// with nothing for what it takes from the clock and the process. What str() of an object is
// the object says itself; a row has it only in what is to be sent.
func made(d *pyval.Dict, sent url.Values) *pyval.Dict {
	m := &pyval.Dict{Pairs: []pyval.Pair{
		{Key: "name", Value: nil}, {Key: "msg", Value: ""}, {Key: "args", Value: pyval.Tuple{}}, {Key: "levelname", Value: "Level None"}, {Key: "levelno", Value: nil},
		{Key: "pathname", Value: ""}, {Key: "filename", Value: ""}, {Key: "module", Value: ""}, {Key: "exc_info", Value: nil}, {Key: "exc_text", Value: nil},
		{Key: "stack_info", Value: nil}, {Key: "lineno", Value: int64(0)}, {Key: "funcName", Value: nil},
		{Key: "created", Value: 0.0}, {Key: "msecs", Value: 0.0}, {Key: "relativeCreated", Value: 0.0}, {Key: "thread", Value: int64(0)}, {Key: "threadName", Value: ""},
		{Key: "processName", Value: ""}, {Key: "process", Value: int64(0)}, {Key: "taskName", Value: nil},
	}}
	for _, p := range d.Pairs {
		if _, ok := p.Value.(pyval.Opaque); ok {
			p.Value = sent.Get(p.Key.(string))
		}
		_ = m.Set(p.Key, p.Value)
	}
	return m
}

func (row *httpRow) compare(server *notingServer) error {
	got := server.requests()
	if len(got) != len(row.Expect.Requests) {
		return fmt.Errorf("%d requests, want %d", len(got), len(row.Expect.Requests))
	}
	for i, want := range row.Expect.Requests {
		var headers [][2]string
		for _, h := range want.Headers {
			headers = append(headers, [2]string{http.CanonicalHeaderKey(h[0]), h[1]})
		}
		slices.SortFunc(headers, compareHeaders)
		if got[i].line != want.RequestLine {
			return fmt.Errorf("request %d\n got %s\nwant %s", i, got[i].line, want.RequestLine)
		}
		if !slices.Equal(got[i].headers, headers) {
			return fmt.Errorf("request %d: headers\n got %q\nwant %q", i, got[i].headers, headers)
		}
		if !bytes.Equal(got[i].body, want.BodyB64) {
			return fmt.Errorf("request %d: body\n got %s\nwant %s", i, got[i].body, want.BodyB64)
		}
	}
	return nil
}

func compareHeaders(a, b [2]string) int {
	return strings.Compare(a[0]+":"+a[1], b[0]+":"+b[1])
}

// notedRequest is a request as it came, with its headers sorted.
type notedRequest struct {
	line    string
	headers [][2]string
	body    []byte
}

// notingServer answers what it is told to and closes, as the rows' server did.
type notingServer struct {
	answer string
	secure *tls.Config // nil: plain

	wg    sync.WaitGroup
	mu    sync.Mutex
	noted []notedRequest
}

func (s *notingServer) requests() []notedRequest {
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noted
}

func (s *notingServer) dial() net.Conn {
	client, server := net.Pipe()
	s.serve(server)
	return client
}

// serve takes one request, beside others.
func (s *notingServer) serve(nc net.Conn) {
	s.wg.Go(func() {
		defer nc.Close()
		conn := nc
		if s.secure != nil {
			conn = tls.Server(nc, s.secure)
		}
		r, err := readRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		s.mu.Lock()
		s.noted = append(s.noted, r)
		s.mu.Unlock()
		_, _ = io.WriteString(conn, s.answer)
		_ = conn.Close()
	})
}

// readRequest reads a request to the letter, which net/http's server does not.
func readRequest(in *bufio.Reader) (r notedRequest, err error) {
	line := func() string {
		text, e := in.ReadString('\n')
		if e != nil {
			err = e
		}
		return strings.TrimSuffix(text, "\r\n")
	}
	r.line = line()
	length := 0
	for {
		text := line()
		if text == "" || err != nil {
			break
		}
		name, value, _ := strings.Cut(text, ": ")
		name = http.CanonicalHeaderKey(name)
		r.headers = append(r.headers, [2]string{name, value})
		if name == "Content-Length" {
			_, err = fmt.Sscan(value, &length)
		}
	}
	slices.SortFunc(r.headers, compareHeaders)
	if err == nil && length > 0 {
		r.body = make([]byte, length)
		_, err = io.ReadFull(in, r.body)
	}
	return r, err
}
