package remote_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/emittest"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/receive"
	"github.com/sluicelog/sluice/redial"
	"github.com/sluicelog/sluice/wire"
)

// characters are texts that have all code points, 256 in each, halves of surrogate
// pairs as Python's among them, and each byte by itself.
func characters() []string {
	var all []string
	for block := rune(0); block <= unicode.MaxRune; block += 256 {
		var b []byte
		for r := block; r < block+256; r++ {
			if 0xd800 <= r && r < 0xe000 {
				b = append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			} else {
				b = utf8.AppendRune(b, r)
			}
		}
		all = append(all, string(b))
	}
	for b := range 256 {
		all = append(all, string([]byte{byte(b)}))
	}
	return all
}

// TestEveryCharacter: whatever is in a message, a key and a logger's name, as many
// records arrive as were sent, with the severity that they had, and each one's message,
// name and attributes as they were, but for what its format has no way to say; and
// nothing else.
func TestEveryCharacter(t *testing.T) {
	text, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		t.Fatal(err)
	}
	same := func(s string) string { return s }
	lf := strings.NewReplacer("\n", "#012").Replace
	nul := strings.NewReplacer("\x00", "#000").Replace
	// However busy the machine is, nothing is given up or sent again for that.
	patient := remote.Options{Timeout: time.Hour, OnError: ignore}
	hold := &redial.Hold{Bytes: 64 << 20, Linger: time.Hour}
	socket := func(f sluice.Formatter) func(at) (*sluice.Handler, error) {
		return func(a at) (*sluice.Handler, error) {
			return remote.NewSocket(a.host, a.port, &remote.SocketOptions{Formatter: f, Hold: hold, Options: patient})
		}
	}
	syslog := func(s wire.Syslog) func(at) (*sluice.Handler, error) {
		s.Hostname, s.AppName = "host", "app"
		return func(a at) (*sluice.Handler, error) {
			return remote.NewSysLog(a.host, a.port, &remote.SysLogOptions{SockType: remote.SockStream, Syslog: s, Hold: hold, Options: patient})
		}
	}
	const (
		bare    = "[facility=user]"
		rfc3164 = "[facility=user hostname=host]"
		rfc5424 = "[facility=user hostname=host app_name=app"
	)
	for _, tt := range []struct {
		name    string
		parser  receive.Parser
		framing receive.Framing
		open    func(at) (*sluice.Handler, error)
		says    func(string) string // what is left of a text
		logger  string              // the name that comes if the format says no logger's
		attrs   string              // all attributes, or, unclosed, those in front of the record's
	}{
		{"pickle", wire.Pickle{}, receive.Prefixed, socket(nil), same, "", "["},
		{"json", wire.JSON{}, receive.Prefixed, socket(wire.JSON{}), same, "", "["},
		{"bare, NUL", new(wire.Syslog), receive.Syslog, syslog(wire.Syslog{Formatter: text}), nul, "", bare},
		{"bare, LF", new(wire.Syslog), receive.Syslog, syslog(wire.Syslog{Framing: wire.FramingLF, Formatter: text}), lf, "", bare},
		{"RFC 3164, LF", new(wire.Syslog), receive.Syslog, syslog(wire.Syslog{Format: wire.RFC3164, Formatter: text}), lf, "app", rfc3164},
		{"RFC 3164, octets", new(wire.Syslog), receive.Syslog, syslog(wire.Syslog{Format: wire.RFC3164, Framing: wire.FramingOctet, Formatter: text}), same, "app", rfc3164},
		{"RFC 5424, octets", new(wire.Syslog), receive.Syslog, syslog(wire.Syslog{Format: wire.RFC5424}), same, "", rfc5424 + " "},
		{"RFC 5424, LF", new(wire.Syslog), receive.Syslog, syslog(wire.Syslog{Format: wire.RFC5424, Framing: wire.FramingLF}), lf, "", rfc5424 + " "},
		{"RFC 5424, NUL", new(wire.Syslog), receive.Syslog, syslog(wire.Syslog{Format: wire.RFC5424, Framing: wire.FramingNUL}), nul, "", rfc5424 + " "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got emittest.Recorder
			r := &receiver{Server: receive.NewServer(&got, tt.parser, &receive.Options{Framing: tt.framing, OnError: func(e *receive.Error) { t.Errorf("refused: %v", e) }})}
			h := must(t)(tt.open(r.stream(t, "tcp", "127.0.0.1:0")))
			var want []string
			for _, s := range characters() {
				rec := &sluice.Record{Level: sluice.Warning, Name: "n" + s, Message: "[" + s + "]", Attrs: []slog.Attr{slog.String("k"+s, s)}}
				if h.Emit(context.Background(), rec) == nil {
					want = append(want, s)
				}
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			if err := r.Shutdown(context.Background()); err != nil {
				t.Fatal(err)
			}
			records := got.Records()
			// Syslog has no way to say the eight blocks of surrogates.
			if len(records) != len(want) || len(want) < len(characters())-8 {
				t.Fatalf("%d arrived, %d were sent", len(records), len(want))
			}
			for i, rec := range records {
				// A str is text: what is none is replaced. Only syslog's text may be anything.
				name, key, value := tt.says("n"+asText(want[i])), tt.says("k"+asText(want[i])), tt.says(asText(want[i]))
				m := "[" + value + "]"
				if tt.framing == receive.Syslog {
					m = "[" + tt.says(want[i]) + "]"
				}
				if rec.Message != m {
					t.Errorf("message %q, want %q", rec.Message, m)
				}
				if rec.Level != sluice.Warning {
					t.Errorf("%q: level %v", want[i], rec.Level)
				}
				attrs := tt.attrs
				if !strings.HasSuffix(attrs, "]") {
					attrs += key + "=" + value + "]"
				} else {
					name = tt.logger
				}
				if all := fmt.Sprint(rec.Attrs); rec.Name != name || all != attrs {
					t.Errorf("name %q, attributes %q; want %q and %q", rec.Name, all, name, attrs)
				}
			}
		})
	}
}

// TestEveryCharacterForm: the same of a form, but that half a surrogate pair is refused
// when it is sent, as by Python.
func TestEveryCharacterForm(t *testing.T) {
	var got emittest.Recorder
	server := httptest.NewServer(receive.NewServer(&got, nil, &receive.Options{OnError: func(e *receive.Error) { t.Errorf("refused: %v", e) }}))
	defer server.Close()
	h := must(t)(remote.NewHTTP(server.Listener.Addr().String(), "/log", &remote.HTTPOptions{Options: remote.Options{Timeout: patient.Timeout, OnError: ignore}, Method: "POST"}))
	defer h.Close()
	var want []string
	refused := 0
	for _, s := range characters() {
		switch err := h.Emit(t.Context(), &sluice.Record{Level: sluice.Warning, Name: "n" + s, Message: "[" + s + "]", Attrs: []slog.Attr{slog.String("k"+s, s)}}); {
		case err == nil:
			want = append(want, asText(s))
		case len(s) == 1 || utf8.ValidString(s):
			t.Errorf("%q: %v", s, err)
		default:
			refused++
		}
	}
	records := got.Records()
	if refused != 8 || len(want) != len(characters())-8 || len(records) != len(want) { // the eight blocks of surrogates
		t.Fatalf("%d were sent, %d refused, %d arrived", len(want), refused, len(records))
	}
	for i, rec := range records {
		s := want[i]
		if rec.Message != "["+s+"]" || rec.Name != "n"+s || rec.Level != sluice.Warning || len(rec.Attrs) != 1 || rec.Attrs[0].Key != "k"+s || rec.Attrs[0].Value.String() != s {
			t.Errorf("%q: came as %q of %q, level %v, attributes %q", s, rec.Message, rec.Name, rec.Level, rec.Attrs)
		}
	}
}

// asText replaces a byte that is no character by itself.
func asText(s string) string {
	if len(s) == 1 && s[0] >= 0x80 {
		return "\ufffd"
	}
	return s
}

func ignore(context.Context, *sluice.Record, error) {}
