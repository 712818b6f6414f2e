package handlers

import (
	"errors"
	"io"

	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/rotate"
)

// text says how a file's records become bytes: the Encoding, Errors and CharName
// of its options.
type text struct {
	encoding, errors string
	charName         charset.Namer
}

// encoder returns what encodes the records; nil if they are written as they are.
func (t text) encoder() (*charset.Encoder, error) {
	name := t.encoding
	if name == "" || name == "locale" {
		if t.errors == "" {
			return nil, nil
		}
		name = "utf-8"
	}
	e, err := charset.Lookup(name)
	if err != nil {
		return nil, err
	}
	policy := charset.Strict
	if t.errors != "" {
		policy = charset.ErrorPolicy(t.errors)
	}
	return charset.NewEncoder(e, policy, t.charName), policy.Check()
}

// validate reports what is wrong with the options of a file.
func validate(t text, ro *rotate.Options) error {
	if _, err := t.encoder(); err != nil {
		return err
	}
	return ro.Validate()
}

// encoded is a file that is given UTF-8 and holds another encoding.
type encoded struct {
	*charset.Writer
	file *rotate.File
}

func newEncoded(f *rotate.File, e *charset.Encoder) io.WriteCloser {
	return &encoded{charset.NewWriter(f, e), f}
}

// Write opens the file also for a record that cannot be encoded, as Python does:
// it is the file's failure that is told then, and with Delay there is a file
// afterwards.
func (e *encoded) Write(p []byte) (int, error) {
	n, err := e.Writer.Write(p)
	if failed := e.opened(err); failed != nil {
		return 0, failed
	}
	return n, err
}

// WriteBatch is Write for several records.
func (e *encoded) WriteBatch(p []byte, ends []int) (int, error) {
	n, err := e.Writer.WriteBatch(p, ends)
	if failed := e.opened(err); failed != nil {
		return 0, failed
	}
	return n, err
}

func (e *encoded) opened(err error) error {
	var refused *charset.EncodeError
	if errors.As(err, &refused) {
		return e.file.Open()
	}
	return nil
}

// Flush is the file's.
func (e *encoded) Flush() error { return e.file.Flush() }

func (e *encoded) Close() error {
	return e.file.Close()
}
