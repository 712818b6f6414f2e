package wire

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sluicelog/sluice"
)

// SyslogFormat says what stands between a syslog message's priority and its text.
type SyslogFormat string

// The formats.
const (
	// Bare is Python's: nothing.
	Bare SyslogFormat = ""
	// RFC3164 puts time, host and tag there, as the BSD daemons do: the time
	// without a year or a zone.
	RFC3164 SyslogFormat = "rfc3164"
	// RFC5424 puts time, host, program, process and the attributes there, which
	// are structured data then.
	RFC5424 SyslogFormat = "rfc5424"
)

// UnmarshalText takes the formats of this package.
func (f *SyslogFormat) UnmarshalText(text []byte) error {
	switch v := SyslogFormat(text); v {
	case Bare, RFC3164, RFC5424:
		*f = v
		return nil
	}
	return fmt.Errorf("unknown syslog format %q: want rfc3164 or rfc5424", text)
}

// Syslog is the codec of Python's SysLogHandler and of syslog daemons. The zero
// Syslog makes the datagrams that CPython does, of the record's text. It must not be
// modified while it is in use; then any number of goroutines may use it.
type Syslog struct {
	// Format is Bare, RFC3164 or RFC5424.
	Format SyslogFormat `json:"format"`
	// Framing is how AppendRecord frames a message; FramingNone is for datagrams.
	Framing Framing `json:"framing"`
	// Facility is the facility of each message; nil is LogUser.
	Facility *Facility `json:"facility"`
	// PriorityMap adds to Python's priority_map: the name of a severity by the
	// name of a level; see MapPriority. A record whose severity has a name that
	// nobody knows gives an error.
	PriorityMap map[string]string `json:"priority_map"`
	// Ident stands in front of the text as it is; for Python's readers of Bare
	// messages it would be "myapp[42]: ".
	Ident string `json:"ident"`
	// AppendNUL ends each datagram with a NUL; nil: if Format is Bare. In a stream
	// Framing decides.
	AppendNUL *bool `json:"append_nul"`
	// Formatter makes the text. nil is the message alone for RFC5424, whose structured
	// data hold the attributes, and otherwise sluice.Message; the text of an
	// error and a stack follow on lines of their own.
	Formatter sluice.Formatter `json:"-"`

	// Hostname is this machine's name for RFC3164 and RFC5424; empty: it is left
	// out, as programs do that write to the daemon of their own machine, or "-".
	Hostname string `json:"hostname"`
	// AppName is the program's; empty: the logger's. In RFC5424 the logger's
	// stands in the structured data where this is not all of it.
	AppName string `json:"app_name"`
	// Process is the number of this process for RFC3164 and RFC5424; 0: left out.
	Process int `json:"-"`
	// StructuredID names the structured data that attributes are in; empty is
	// "sluice@32473", a number that is reserved for examples.
	StructuredID string `json:"structured_id"`
	// Location is the zone of RFC3164 times, which do not tell theirs; nil is
	// time.Local.
	Location *time.Location `json:"-"`

	head *syslogHead // of RFC3164; nil: made for each record
}

// AppendRecord appends the frame of r. Python's encoding refuses half of a
// surrogate pair, so such a record gives an error; other bytes that are no UTF-8 are
// sent as they are.
func (s *Syslog) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	severity, err := s.severity(r)
	if err != nil {
		return dst, err
	}
	facility := LogUser
	if s.Facility != nil {
		facility = *s.Facility
	}
	start := len(dst)
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(EncodePriority(facility, severity)), 10)
	dst = append(dst, '>')
	switch s.Format {
	case RFC3164:
		dst = s.append3164(dst, r)
	case RFC5424:
		dst = s.append5424(dst, r)
	}
	text := len(dst)
	dst = append(dst, s.Ident...)
	if dst, err = s.appendText(dst, r); err != nil {
		return dst, err
	}
	if hasSurrogate(dst[text:]) {
		return dst, fmt.Errorf("text holds half of a surrogate pair, which UTF-8 has no way to say")
	}
	if s.Format == RFC5424 && bytes.HasPrefix(dst[text:], []byte(bom)) {
		dst = slices.Insert(dst, text, []byte(bom)...) // a first one is not part of the text
	}
	if s.Framing != FramingNone {
		return s.Framing.frame(dst, start), nil
	}
	if s.AppendNUL == nil && s.Format == Bare || s.AppendNUL != nil && *s.AppendNUL {
		dst = append(dst, 0)
	}
	return dst, nil
}

func (s *Syslog) appendText(dst []byte, r *sluice.Record) ([]byte, error) {
	if s.Formatter != nil {
		return s.Formatter.AppendRecord(dst, r)
	}
	if s.Format != RFC5424 {
		return sluice.Message{}.AppendRecord(dst, r)
	}
	dst = append(dst, r.Message...)
	for _, more := range [...]string{r.ExcText, r.StackInfo} {
		if more != "" {
			dst = append(append(dst, '\n'), more...)
		}
	}
	return dst, nil
}

// hasSurrogate looks for what Python's surrogates are in a Record: three bytes as
// if they were characters, which are in no UTF-8.
func hasSurrogate(p []byte) bool {
	for {
		i := bytes.IndexByte(p, 0xed)
		if i < 0 || len(p) < i+3 {
			return false
		}
		if p[i+1]&0xe0 == 0xa0 && p[i+2]&0xc0 == 0x80 {
			return true
		}
		p = p[i+1:]
	}
}

// bom may stand in front of an RFC 5424 text, to say that it is UTF-8.
const bom = "\ufeff"

// The most bytes of the names in a header (RFC 5424, 6).
const (
	maxHostname = 255
	maxAppName  = 48
)

func (s *Syslog) appName(r *sluice.Record) string {
	if s.AppName != "" {
		return s.AppName
	}
	return r.Name
}

// process is the number of the process that r is from; 0: not known.
func (s *Syslog) process(r *sluice.Record) int64 {
	if r.Origin != nil {
		return r.Origin.Process
	}
	return int64(s.Process)
}

// isAppName says that name can be the program's in a header.
func isAppName(name string) bool {
	return name != "-" && isName(name, maxAppName, func(c byte) bool { return c > ' ' && c <= '~' })
}

// isName says that name has one to most bytes, each of which may be in it.
func isName(name string, most int, may func(c byte) bool) bool {
	for i := range len(name) {
		if !may(name[i]) {
			return false
		}
	}
	return name != "" && len(name) <= most
}

// appendName appends name as a field of a header: printable ASCII, at most most
// bytes, "-" if there is none.
func appendName(dst []byte, name string, most int) []byte {
	if name == "" {
		return append(dst, '-')
	}
	for _, c := range []byte(name[:min(len(name), most)]) {
		if c <= ' ' || c > '~' {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}
