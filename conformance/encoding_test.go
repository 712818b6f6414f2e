package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/charset/charname"
	"github.com/sluicelog/sluice/handlers"
)

type encodingRow struct {
	Kind, Encoding string
	Errors         *string

	// kind encode
	Text       string
	Codepoints []rune
	B64        string
	Error      *struct {
		Type, Codec, Reason, Message string
		Start, End                   int
	}

	// kind file
	Mode          string
	Delay         bool
	Before, After *string
	Sessions      []struct {
		Msgs      []string
		Errors    []string
		Raised    []string
		OpenError string `json:"open_error"`
	}
}

func runEncoding(t *testing.T, data []byte) (string, error) {
	var r encodingRow
	if err := json.Unmarshal(data, &r); err != nil {
		return "", err
	}
	switch r.Kind {
	case "encode":
		return "", r.encode()
	case "file":
		return "", r.write(filepath.Join(t.TempDir(), "app.log"))
	}
	return "", fmt.Errorf("unknown kind %q", r.Kind)
}

// encode is Python's str.encode: a byte order mark, if the encoding has one, and
// the text.
func (r *encodingRow) encode() error {
	text := r.Text
	if r.Codepoints != nil {
		text = surrogates(r.Codepoints)
	}
	policy := charset.Strict
	if r.Errors != nil {
		policy = charset.ErrorPolicy(*r.Errors)
	}
	enc, err := charset.Lookup(r.Encoding)
	var code []byte
	if err == nil {
		e := charset.NewEncoder(enc, policy, charname.Of)
		code, err = e.AppendEncode(e.BOM(), text)
	}
	if r.Error != nil {
		return r.sameError(err)
	}
	if want, bad := base64.StdEncoding.DecodeString(r.B64); err != nil || bad != nil || !bytes.Equal(code, want) {
		return fmt.Errorf("%s, %s, %+q: %q (%v), want %q (%v)", r.Encoding, policy, text, code, err, want, bad)
	}
	return nil
}

func (r *encodingRow) sameError(err error) error {
	var failed *charset.EncodeError
	switch isEncode := errors.As(err, &failed); {
	case err == nil:
		return fmt.Errorf("no error, want %+v", *r.Error)
	case isEncode:
		if r.Error.Type == "UnicodeEncodeError" && failed.Encoding == r.Error.Codec && failed.Reason == r.Error.Reason &&
			failed.Start == r.Error.Start && failed.End == r.Error.End {
			return nil
		}
	case r.Error.Type == "UnicodeError" && strings.EqualFold(r.Error.Message, err.Error()): // idna's policies
		return nil
	// Python advises to call codecs.encode for what encodes bytes.
	case r.Error.Type == "LookupError" && strings.HasPrefix(r.Error.Message, err.Error()):
		return nil
	}
	return fmt.Errorf("error %v, want %+v", err, *r.Error)
}

// surrogates returns a text of code points, lone surrogates in three bytes each.
func surrogates(points []rune) string {
	var b []byte
	for _, r := range points {
		if r >= 0xd800 && r < 0xe000 {
			b = append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			continue
		}
		b = append(b, string(r)...)
	}
	return string(b)
}

// write is a FileHandler for each session, all of which append to the same file.
func (r *encodingRow) write(path string) error {
	if r.Before != nil {
		if err := create(filepath.Dir(path), filepath.Base(path), *r.Before); err != nil {
			return err
		}
	}
	format, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		return err
	}
	for i, s := range r.Sessions {
		var reported []string
		o := &handlers.FileOptions{
			Mode: r.Mode, Delay: r.Delay, Encoding: r.Encoding, CharName: charname.Of,
			Options: handlers.Options{Level: sluice.NotSet, Formatter: format, OnError: func(_ context.Context, _ *sluice.Record, err error) {
				reported = append(reported, pythonError(err))
			}},
		}
		if r.Errors != nil {
			o.Errors = *r.Errors
		}
		h, err := handlers.NewFile(path, o)
		if got := pythonError(err); got != s.OpenError {
			return fmt.Errorf("session %d: opening gave %q, want %q", i, got, s.OpenError)
		}
		if err != nil {
			continue
		}
		for _, m := range s.Msgs {
			_ = h.Emit(context.Background(), &sluice.Record{Level: sluice.Info, Message: m})
		}
		if err := h.Close(); err != nil {
			return err
		}
		// What Python raises to the caller is reported here as everything else is:
		// there is one way for an error to go.
		if want := append(s.Errors, s.Raised...); strings.Join(reported, " ") != strings.Join(want, " ") {
			return fmt.Errorf("session %d: reported %q, want %q", i, reported, want)
		}
	}
	got, err := os.ReadFile(path)
	switch {
	case r.After == nil && os.IsNotExist(err):
		return nil
	case err != nil || r.After == nil:
		return fmt.Errorf("afterwards %q (%v), want %v", got, err, r.After)
	}
	if want, err := base64.StdEncoding.DecodeString(*r.After); err != nil || !bytes.Equal(got, want) {
		return fmt.Errorf("afterwards %q, want %q (%v)", got, want, err)
	}
	return nil
}
