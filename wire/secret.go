package wire

import "fmt"

// Secret is a password, a token or a key in an options struct. It prints as "***"
// whatever the verb, and as JSON; string(s) is the text itself. It is read from
// configuration as any string.
type Secret string

const hidden = "***"

// Format writes "***", or nothing if there is no secret.
func (s Secret) Format(f fmt.State, _ rune) {
	if s != "" {
		_, _ = f.Write([]byte(hidden))
	}
}

// MarshalText gives what Format writes.
func (s Secret) MarshalText() ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	return []byte(hidden), nil
}
