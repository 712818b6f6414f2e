package mail

import (
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	stdmail "net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func addresses(t *testing.T, text string) []Address {
	t.Helper()
	list, err := ParseAddresses(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func made(t *testing.T, from, to, subject, text string) string {
	t.Helper()
	m := &Message{From: addresses(t, from), To: addresses(t, to), Subject: subject, Text: []byte(text), Date: time.Date(2026, 11, 2, 8, 3, 42, 0, time.FixedZone("", -90*60))}
	return string(m.Append(nil))
}

func TestMessageIsPythons(t *testing.T) {
	got := made(t, "app@example.org", `Ops <ops@example.org>, "Smith, J" <js@example.org>`, "Log", "disk full\nFrom me\n.\n")
	want := "From: app@example.org\r\nTo: Ops <ops@example.org>, \"Smith, J\" <js@example.org>\r\nSubject: Log\r\nDate: Mon, 02 Nov 2026 08:03:42 -0130\r\n" +
		"Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n\r\ndisk full\r\n>From me\r\n.\r\n"
	if got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// subjects that are to arrive as they are, whatever is in them.
var subjects = []string{
	"", " ", "Log", "  abc  ", "a\tb", "naïve – dash", "你好世界", "a\nb", "x\r\nBcc: evil@x.test", "x\r\n\r\nbody", "\x00", "\x1b[31mred", "tab\vff\f",
	"\u0085", "\u2028", "😀 smile", strings.Repeat("w", 200), strings.Repeat("é ", 100), strings.Repeat("ascii é ", 40), strings.Repeat(" ", 300),
	"a" + strings.Repeat(" ", 61) + "b", strings.Repeat("a ", 60), strings.Repeat("x", 77), strings.Repeat("x", 78), strings.Repeat("0", 56) + "    " + strings.Repeat("0", 76), strings.Repeat(" ", 49) + "😀", "q " + strings.Repeat("你", 200), "\u202eevil", "é  é", "a  é  é  b",
}

// subjectOf reads a message's headers, and gives what a reader sees as its subject.
func subjectOf(t *testing.T, raw string) string {
	t.Helper()
	m, err := stdmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	if len(m.Header) != 7 {
		t.Errorf("headers %v", m.Header)
	}
	_, head, _ := strings.Cut(raw, "Subject:")
	head, _, _ = strings.Cut(head, "\r\nDate: ")
	for _, line := range strings.Split("Subject:"+head, "\r\n") {
		// White space at the end of a subject cannot stand on a line of its own.
		if utf8.RuneCountInString(strings.TrimRight(line, " \t")) > 78 || strings.Trim(line, " \t") == "" {
			t.Errorf("line %q", line)
		}
	}
	unfolded := strings.TrimPrefix(strings.ReplaceAll(head, "\r\n", ""), " ")
	text, err := new(mime.WordDecoder).DecodeHeader(unfolded)
	if err != nil && strings.Contains(unfolded, "=?") {
		// It came as a word in no known character set, which readers show as it is.
		return unfolded
	}
	if err != nil {
		t.Errorf("%q: %v", head, err)
	}
	return text
}

func TestSubjectArrives(t *testing.T) {
	for _, s := range subjects {
		if got := subjectOf(t, made(t, "a@b", "c@d", s, "x")); got != s {
			t.Errorf("got %q, want %q", got, s)
		}
		if got := subjectOf(t, made(t, "a@b", "ü@d", s, "x")); got != s {
			t.Errorf("international: got %q, want %q", got, s)
		}
	}
	if got := subjectOf(t, made(t, "a@b", "c@d", "a\xffb", "x")); got != "a\ufffdb" {
		t.Errorf("got %q", got)
	}
}

func TestBodyArrives(t *testing.T) {
	for _, text := range []string{
		"", "a", "a\r\nb\rc\nd", ".\n..\n", strings.Repeat("x", 78), strings.Repeat("x", 79), strings.Repeat("é", 40), strings.Repeat("x=é ", 50),
		strings.Repeat("y", 76) + "  ", strings.Repeat("y", 77) + " \t", strings.Repeat("From x ", 20), strings.Repeat("你", 100) + "\n\nFrom x", strings.Repeat("short\n", 20) + strings.Repeat("z ", 300),
	} {
		if got, want := bodyOf(t, made(t, "a@b", "c@d", "s", text)), normal(text); unmangled(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// unmangled is text without what Python puts in front of a "From " at the beginning of
// a line, also of one that is a line in quoted-printable only.
func unmangled(text string) string { return strings.ReplaceAll(text, ">From ", "From ") }

func normal(text string) string {
	lines := splitLines([]byte(text))
	if len(lines) == 0 {
		return "\n"
	}
	return string(bytes.Join(lines, []byte("\n"))) + "\n"
}

func bodyOf(t *testing.T, raw string) string {
	t.Helper()
	m, err := stdmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(body, []byte("\r\n")) {
		if len(line) > 79 || bytes.ContainsAny(line, "\r\n") { // 79: a mangled From
			t.Errorf("line %q", line)
		}
	}
	switch encoding := m.Header.Get("Content-Transfer-Encoding"); encoding {
	case quotedPrintable:
		body, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
	case base64Encoding:
		body, err = decode64(body)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(body), "\r\n", "\n")
}

func TestValidText(t *testing.T) {
	if got, err := ValidText([]byte("a\xffb\xed")); err != nil || string(got) != "a\ufffdb\ufffd" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := ValidText([]byte("x\xed\xb2\x80")); err == nil {
		t.Error("half of a surrogate pair is taken")
	}
}
