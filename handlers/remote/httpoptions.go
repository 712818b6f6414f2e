package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

// UnmarshalJSON takes Python's pair of a name and a password.
func (a *BasicAuth) UnmarshalJSON(data []byte) error {
	var pair []string
	if json.Unmarshal(data, &pair) != nil || len(pair) != 2 {
		return errors.New("credentials must be a name and a password") // and never what they are
	}
	a.User, a.Password = pair[0], wire.Secret(pair[1])
	return nil
}

// methodOf gives the method in capitals. (handlers.py: "method must be GET or POST".)
func (o *HTTPOptions) methodOf() (string, error) {
	method := strings.ToUpper(o.Method)
	switch {
	case method == "" && o.Body == BodyForm:
		return http.MethodGet, nil
	case method == "":
		return http.MethodPost, nil
	case method != http.MethodGet && method != http.MethodPost:
		return "", fmt.Errorf("method %q: want GET or POST", o.Method)
	}
	return method, nil
}

func (o *HTTPOptions) checkHTTP(method string) error {
	switch {
	case !slices.Contains([]HTTPBody{BodyForm, BodyJSON, BodyNDJSON}, o.Body):
		return fmt.Errorf("body %q: want json or ndjson, or none for a form", o.Body)
	case o.Body != BodyForm && method != http.MethodPost:
		return errors.New("GET has no body for JSON")
	case o.Body == BodyForm && o.Batch != nil:
		return errors.New("a form holds one record: batches need json or ndjson")
	case o.Body == BodyForm && o.Formatter != nil:
		return errors.New("a form has no formatter")
	case o.MapRecord != nil && o.Formatter != nil:
		return errors.New("there is a formatter and a mapping of the record")
	case o.TLS != nil && !o.Secure:
		return errors.New("context without secure") // handlers.py: ValueError
	case o.Credentials != nil && o.Token != "":
		return errors.New("credentials and a token")
	case o.Compress != "" && o.Compress != "gzip" && o.Compress != "zstd":
		return fmt.Errorf("compress %q: want gzip or zstd", o.Compress)
	case o.Compress != "" && method != http.MethodPost:
		return errors.New("GET has no body to compress")
	}
	for name, value := range o.Header {
		if !isHeader(name, string(value)) {
			return fmt.Errorf("header %q cannot be sent", name)
		}
	}
	if !isHeader("Authorization", string(o.Token)) {
		return errors.New("a token that cannot be sent")
	}
	if b := o.Batch; b != nil && (b.Records < 0 || b.Bytes < 0 || b.MaxBytes < 0 || b.Delay < 0) {
		return errors.New("a batch of less than nothing")
	}
	return o.check()
}

// isHeader says that a header can be sent and is not one that HTTP itself needs.
func isHeader(name, value string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "", "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Trailer":
		return false
	}
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	return !strings.ContainsFunc(value, control) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) })
}

// httpFormat gives what makes the bytes of a record.
func (o *HTTPOptions) httpFormat() sluice.Formatter {
	switch {
	case o.Formatter != nil:
		return o.Formatter
	case o.Body == BodyForm && o.MapRecord == nil:
		return wire.Form{}
	case o.MapRecord == nil:
		return wire.JSON{Places: new(sluice.Places)}
	case o.Body == BodyForm:
		return mapped{o.MapRecord, wire.Form{}.AppendDict}
	}
	return mapped{o.MapRecord, wire.JSON{}.AppendDict}
}

// mapped formats what a function gives of a record.
type mapped struct {
	mapRecord func(*sluice.Record) *pyval.Dict
	format    func([]byte, *pyval.Dict) ([]byte, error)
}

func (m mapped) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	return m.format(dst, m.mapRecord(r))
}
