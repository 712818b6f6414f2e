package remote

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluicelog/sluice/redial"
)

// What is read of an answer, 64 KiB together.
const (
	maxAnswerHead = 16 << 10
	maxAnswerBody = 48 << 10
)

// maxRetryAfter bounds what a server may ask for.
const maxRetryAfter = 5 * time.Minute

// httpClient sends bodies to one place.
type httpClient struct {
	target    *target
	method    string
	header    http.Header // of every request; not changed
	secrets   []string    // that no error may show
	proxied   bool
	timeout   time.Duration
	transport *http.Transport
	compress  compressor // nil: none
	encoding  string     // its name
}

func newHTTPClient(t *target, method string, o *HTTPOptions) (*httpClient, error) {
	c := &httpClient{target: t, method: method, timeout: cmp.Or(o.Timeout, time.Second), encoding: o.Compress}
	var err error
	if c.compress, err = newCompressor(o.Compress); err != nil {
		return nil, err
	}
	c.setHeader(o)
	config := &tls.Config{}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	c.transport = &http.Transport{
		DialContext:            c.dialer(o.Dial),
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    c.timeout,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxAnswerHead,
		DisableCompression:     true,
	}
	if o.Proxy {
		proxy, err := http.ProxyFromEnvironment(&http.Request{URL: t.url(t.request, false)})
		if err != nil {
			// Its text may hold a password.
			return nil, errors.New("the proxy of the environment is no URL")
		}
		c.proxied = proxy != nil
		c.transport.Proxy = http.ProxyURL(proxy)
		if proxy != nil && proxy.User != nil {
			if password, ok := proxy.User.Password(); ok {
				c.secrets = append(c.secrets, password)
			}
		}
	}
	return c, nil
}

// dialer gives what connects, each time for timeout at most.
func (c *httpClient) dialer(dial redial.Dial) func(context.Context, string, string) (net.Conn, error) {
	if dial == nil {
		return (&net.Dialer{Timeout: c.timeout}).DialContext
	}
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		return dial(ctx)
	}
}

// setHeader makes what each request has in common: for a form Python's, and no more.
func (c *httpClient) setHeader(o *HTTPOptions) {
	c.header = http.Header{"Accept-Encoding": {"identity"}, "User-Agent": nil}
	for name, value := range o.Header {
		c.header.Set(name, string(value))
		c.secrets = append(c.secrets, string(value))
	}
	switch {
	case c.method == http.MethodGet:
	case o.Body == BodyJSON:
		c.header.Set("Content-Type", "application/json")
	case o.Body == BodyNDJSON:
		c.header.Set("Content-Type", "application/x-ndjson")
	default:
		c.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if a := o.Credentials; a != nil {
		basic := base64.StdEncoding.EncodeToString([]byte(a.User + ":" + string(a.Password)))
		c.header.Set("Authorization", "Basic "+basic)
		c.secrets = append(c.secrets, basic, string(a.Password))
	}
	if o.Token != "" {
		c.header.Set("Authorization", "Bearer "+string(o.Token))
		c.secrets = append(c.secrets, string(o.Token))
	}
}

// httpAnswer is what became of a request.
type httpAnswer struct {
	status  int // 0: there was none
	refused int // records that the server says it did not take, of a status 2xx
	after   time.Duration
	reached bool // there was a connection
	left    bool // what was sent is looked at no more
	err     error
}

// accepted says that the server took what it was sent.
func (a *httpAnswer) accepted() bool { return a.err == nil && a.status/100 == 2 }

// again says that the same may be taken later.
func (a *httpAnswer) again() bool {
	switch a.status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return a.err != nil || a.status/100 == 5
}

// failure gives the error of an answer that did not accept.
func (a *httpAnswer) failure(c *httpClient) error {
	err := a.err
	switch {
	case a.refused > 0:
		err = errRecordsRefused
	case err == nil:
		err = fmt.Errorf("answered %d %s", a.status, http.StatusText(a.status))
	case a.reached && errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("no answer within %v: %w", 2*c.timeout, context.DeadlineExceeded)
	case a.reached:
		err = c.clean(err)
	}
	return fmt.Errorf("%s: %w", c.target.address(), err)
}

var errRecordsRefused = errors.New("answered that records were refused")

// send makes one request with body, or with it in the URL, and key if it is not
// empty. It takes the time to connect and as long again at most.
func (c *httpClient) send(ctx context.Context, body payload, key string) httpAnswer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*c.timeout)
	defer cancel()
	var a httpAnswer
	sent := &sentBody{p: body.p}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { a.reached = true }})
	resp, err := c.transport.RoundTrip(c.request(ctx, body, key, sent))
	if err != nil {
		a.err = err
		return a
	}
	defer resp.Body.Close()
	a.status = resp.StatusCode
	a.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	// What it says is known by its status: that the rest is not whole changes nothing.
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBody))
	a.left = sent.readers.Load() == 0
	if a.accepted() && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		var said struct{ Refused int }
		if json.Unmarshal(text, &said) == nil && said.Refused > 0 {
			a.refused = said.Refused
		}
	}
	return a
}

func (c *httpClient) request(ctx context.Context, load payload, key string, sent *sentBody) *http.Request {
	body := load.p
	asked := c.target.request
	req := &http.Request{Method: c.method, Host: c.target.host, Header: c.header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if key != "" || load.packed {
		req.Header = c.header.Clone()
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if load.packed {
		req.Header.Set("Content-Encoding", c.encoding)
	}
	if c.method == http.MethodGet {
		// (handlers.py: emit.)
		sep := "?"
		if strings.Contains(asked, "?") {
			sep = "&"
		}
		asked += sep + string(body)
	} else {
		req.GetBody = func() (io.ReadCloser, error) { return sent.open(), nil }
		req.Body = sent.open()
		req.ContentLength = int64(len(body))
		if len(body) == 0 {
			_ = req.Body.Close()
			req.Body = http.NoBody
		}
	}
	req.URL = c.target.url(asked, c.proxied)
	return req.WithContext(ctx)
}

// sentBody is a body that is being sent, and knows whether it still is: an answer may
// come before that.
type sentBody struct {
	p       []byte
	readers atomic.Int32
}

func (b *sentBody) open() io.ReadCloser {
	b.readers.Add(1)
	return &bodyReader{Reader: bytes.NewReader(b.p), of: b}
}

type bodyReader struct {
	*bytes.Reader
	of   *sentBody
	once sync.Once
}

func (r *bodyReader) Close() error {
	r.once.Do(func() { r.of.readers.Add(-1) })
	return nil
}

// retryAfter reads the header: seconds or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if text == "" {
		return 0
	}
	wait := maxRetryAfter
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	} else if strings.Trim(text, "0123456789") != "" {
		return 0
	}
	return min(max(wait, 0), maxRetryAfter)
}

// close ends the connections that wait for use.
func (c *httpClient) close() { c.transport.CloseIdleConnections() }

// maxErrorText bounds how much of a server's own words an error repeats.
const maxErrorText = 300

// clean gives err without what a hostile server may have made it say.
func (c *httpClient) clean(err error) error {
	text := err.Error()
	for _, secret := range c.secrets {
		if secret != "" && strings.Contains(text, secret) {
			return errors.New("an answer that cannot be shown: it repeats what was sent")
		}
	}
	if len(text) <= maxErrorText {
		return err
	}
	return errors.New(strings.ToValidUTF8(text[:maxErrorText], "") + "...")
}
