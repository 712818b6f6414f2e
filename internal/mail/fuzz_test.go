package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

func decode64(p []byte) ([]byte, error) {
	return base64.StdEncoding.DecodeString(string(bytes.ReplaceAll(p, []byte("\r\n"), nil)))
}

// FuzzMessage: whatever is in subject and text, a message has its seven headers, and
// both arrive.
func FuzzMessage(f *testing.F) {
	for _, s := range subjects {
		f.Add(s, s+"\nline")
	}
	f.Add("=?utf-8?q?x?=", strings.Repeat("x", 100))
	f.Fuzz(func(t *testing.T, subject, text string) {
		valid, err := ValidText([]byte(text))
		if err != nil {
			return
		}
		raw := made(t, "a@b", "c@d", subject, string(valid))
		// What looks encoded is left to the reader, who may take it for that.
		if got, want := subjectOf(t, raw), strings.ToValidUTF8(subject, "\ufffd"); got != want && !strings.Contains(subject, "=?") {
			t.Errorf("subject %q, want %q", got, want)
		}
		if got, want := bodyOf(t, raw), normal(string(valid)); unmangled(got) != unmangled(want) {
			t.Errorf("body %q, want %q", got, want)
		}
	})
}

// FuzzParseAddresses: an address that is taken is one argument of an SMTP command and
// one address of a header.
func FuzzParseAddresses(f *testing.F) {
	for _, s := range []string{"a@b", `"Smith, J" <js@e.org>, b`, "a@x\r\nBcc: b@x", "x@y (comment)", "<a@[::1]>", "a@b <c@d>", "Jö <a@b>", `"\"" <"a b"@c>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseAddresses(text)
		if err != nil {
			return
		}
		for _, a := range list {
			if a.Spec == "" || strings.ContainsAny(a.Spec, "<>\r\n\x00") || !utf8.ValidString(a.Spec) || len(a.Spec) > maxSpec {
				t.Errorf("%q: address %q", text, a.Spec)
			}
		}
		head := string(appendAddresses(nil, "To", list, false))
		if !strings.HasSuffix(head, "\r\n") {
			t.Errorf("%q: header %q", text, head)
		}
		for i, line := range strings.Split(strings.TrimSuffix(head, "\r\n"), "\r\n") {
			if i > 0 && (strings.Trim(line, " \t") == "" || line[0] != ' ' && line[0] != '\t') || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%q: line %q of %q", text, line, head)
			}
		}
	})
}
