package remote

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

// HTTPPort is where `sluice serve` and Python's examples listen for HTTPHandler.
// (Python: DEFAULT_HTTP_LOGGING_PORT.)
const HTTPPort = 9022

// HTTPBody says what the body of a request is.
type HTTPBody string

// The bodies.
const (
	BodyForm   HTTPBody = ""       // Python's: a form, in the URL for GET
	BodyJSON   HTTPBody = "json"   // an object, or an array of them in a batch
	BodyNDJSON HTTPBody = "ndjson" // an object on each line
)

// BasicAuth is a name and a password. (Python: credentials.)
type BasicAuth struct {
	User     string
	Password wire.Secret
}

// HTTPOptions are the options of NewHTTP. The zero HTTPOptions is Python's HTTPHandler
// of a host and a url.
type HTTPOptions struct {
	// Method is GET or POST, in any case; empty is GET, and POST for JSON.
	Method string `json:"method"`
	// Secure speaks TLS. The certificate is verified.
	Secure bool `json:"secure"`
	// TLS says how; it goes with Secure. (Python: context.)
	TLS *tls.Config `json:"-"`
	// Credentials are sent with each request, as they are: use them with Secure.
	Credentials *BasicAuth `json:"credentials"`
	// Token is sent as a bearer token, instead of Credentials.
	Token wire.Secret `json:"token"`
	// Header is sent with each request beside what HTTP needs.
	Header map[string]wire.Secret `json:"header"`
	// MapRecord gives what is sent of a record; nil is wire.Attributes. It must be
	// safe for concurrent use. (Python: mapLogRecord.)
	MapRecord func(r *sluice.Record) *pyval.Dict `json:"-"`

	// Body is what requests hold.
	Body HTTPBody `json:"body"`
	// Formatter makes a line of BodyNDJSON, or a value of BodyJSON; nil is wire.JSON.
	Formatter sluice.Formatter `json:"-"`
	// CheckStatus takes a record as delivered only if the answer's status is 2xx.
	// nil is true, but false for a form that no Spool holds: Python looks at no status.
	CheckStatus *bool `json:"check_status"`
	// Compress is "gzip" or "zstd", for a body; empty is none.
	Compress string `json:"compress"`
	// IDs gives each record an ID, by which package receive removes what comes
	// twice, in the attribute sluice_id and the header Idempotency-Key. nil is true,
	// but false for a form.
	IDs *bool `json:"ids"`
	// Batch collects records and sends many with one request, from a goroutine of
	// the handler's own, until they are accepted; nil sends each at once, and once.
	Batch *HTTPBatch `json:"batch"`
	// Proxy sends through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name
	// in the environment, if they do. Python's does not.
	Proxy bool `json:"proxy"`

	Options
}

// HTTPBatch says how records are collected. The zero HTTPBatch consists of defaults.
type HTTPBatch struct {
	// Records is the most in one request; 0 is 1000.
	Records int `json:"records"`
	// Bytes is the most in one body, before it is compressed, but for a record that
	// is longer alone; 0 is 1 MiB.
	Bytes int `json:"bytes"`
	// Delay is how long a record waits for others; 0 is 1 s.
	Delay time.Duration `json:"-"`
	// MaxBytes is the most that is held, while the server is gone or slow; 0 is
	// 64 MiB. Records that find no room are dropped, which is an error.
	MaxBytes int `json:"max_bytes"`
}

// NewHTTP returns a handler that sends each record to a web server, at host, which
// may have a port ("logs.example.com:8080", "[::1]"), and url, which is what the
// request asks for ("/log"). It connects to nothing: the first record does. The
// connection is kept for the next one. o may be nil. (Python: HTTPHandler.)
//
// Nothing is sent anywhere else: a redirection is not followed. Of an answer at most
// 64 KiB are read.
func NewHTTP(host, url string, o *HTTPOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &HTTPOptions{}
	}
	e, err := newHTTP(host, url, o)
	if err != nil {
		return nil, fmt.Errorf("HTTPHandler: %w", err)
	}
	h := o.handler(e)
	if e.batcher != nil {
		e.batcher.start(func(err error) { h.HandleError(context.Background(), nil, err) })
	}
	return o.spooled("HTTPHandler", h, 0)
}

func newHTTP(host, url string, o *HTTPOptions) (*HTTP, error) {
	method, err := o.methodOf()
	if err != nil {
		return nil, err
	}
	if err := o.checkHTTP(method); err != nil {
		return nil, err
	}
	t, err := newTarget(host, url, o.Secure)
	if err != nil {
		return nil, err
	}
	c, err := newHTTPClient(t, method, o)
	if err != nil {
		return nil, err
	}
	h := &HTTP{client: c, format: o.httpFormat(), check: isTrue(o.CheckStatus, o.Body != BodyForm || o.Spool != "")}
	h.retry.backoff = newBackoff(&o.Options)
	h.dropped = map[string]uint64{}
	if isTrue(o.IDs, o.Body != BodyForm) {
		h.ids = newIDs()
	}
	if o.Batch != nil {
		h.batcher = newBatcher(c, o)
	}
	return h, nil
}

func isTrue(b *bool, otherwise bool) bool {
	if b == nil {
		return otherwise
	}
	return *b
}

// HTTPOf returns the Emitter of a handler that NewHTTP returned; nil if h is another.
func HTTPOf(h *sluice.Handler) *HTTP {
	e, _ := behind(h).Emitter().(*HTTP)
	return e
}
