package remote

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// SMTPCredentials are a user name and a password. Printed or logged, they are only
// the former. In JSON they are a list of both, as Python's tuple.
type SMTPCredentials struct{ Username, Password string }

// Format writes the user name, by every verb.
func (c SMTPCredentials) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, c.redacted())
}

// LogValue is the user name.
func (c SMTPCredentials) LogValue() slog.Value { return slog.StringValue(c.redacted()) }

// MarshalJSON gives the user name and no password.
func (c SMTPCredentials) MarshalJSON() ([]byte, error) {
	return json.Marshal([]string{c.Username, "REDACTED"})
}

func (c SMTPCredentials) redacted() string { return fmt.Sprintf("{%q REDACTED}", c.Username) }

// UnmarshalJSON takes a list of user name and password.
func (c *SMTPCredentials) UnmarshalJSON(data []byte) error {
	var list []string
	if err := json.Unmarshal(data, &list); err != nil || len(list) != 2 {
		return errors.New("credentials: want a list of user name and password")
	}
	c.Username, c.Password = list[0], list[1]
	return nil
}

// SMTPSecure asks for STARTTLS; with files, the handler shows a certificate of its
// own. In JSON it is a list of both, or an empty one, as Python's tuple.
type SMTPSecure struct {
	// KeyFile and CertFile are PEM files with the key and its certificate: both or
	// neither. (Python: keyfile, certfile.)
	KeyFile, CertFile string
}

// UnmarshalJSON takes a list of nothing, or of two file names.
func (s *SMTPSecure) UnmarshalJSON(data []byte) error {
	var list []string
	if err := json.Unmarshal(data, &list); err != nil || len(list) > 2 {
		return errors.New("secure: want a list of key file and certificate file, or an empty one")
	}
	list = append(list, "", "")
	s.KeyFile, s.CertFile = list[0], list[1]
	return nil
}

// load puts the certificate into config.
func (s *SMTPSecure) load(config *tls.Config) error {
	if s.KeyFile == "" && s.CertFile == "" {
		return nil
	}
	if s.KeyFile == "" || s.CertFile == "" {
		return errors.New("secure: a key file needs a certificate file, and the other way round")
	}
	cert, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
	if err != nil {
		return fmt.Errorf("secure: %w", err)
	}
	config.Certificates = append(config.Certificates, cert)
	return nil
}
