package handlers_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/charset/charname"
	"github.com/sluicelog/sluice/handlers"
)

// encodedClasses are the constructors with Encoding, Errors and CharName.
func encodedClasses(encoding, policy string) []class {
	return []class{
		{"FileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewFile(path, &handlers.FileOptions{Encoding: encoding, Errors: policy, CharName: charname.Of, Delay: o.delay, Options: o.Options})
		}},
		{"WatchedFileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewWatchedFile(path, &handlers.FileOptions{Encoding: encoding, Errors: policy, CharName: charname.Of, Delay: o.delay, Options: o.Options})
		}},
		{"RotatingFileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewRotatingFile(path, &handlers.RotatingFileOptions{Encoding: encoding, Errors: policy, CharName: charname.Of, Delay: o.delay, MaxBytes: 1 << 20, BackupCount: 1, Options: o.Options})
		}},
		{"TimedRotatingFileHandler", func(path string, o common) (*sluice.Handler, error) {
			return handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{Encoding: encoding, Errors: policy, CharName: charname.Of, Delay: o.delay, Options: o.Options})
		}},
	}
}

// The wanted bytes are what CPython's codecs write.
func TestEncoding(t *testing.T) {
	for _, c := range []struct{ encoding, policy, text, want string }{
		{"cp1251", "", "до свидания", "\xe4\xee \xf1\xe2\xe8\xe4\xe0\xed\xe8\xff\n"},
		{"Latin-1", "", "é", "\xe9\n"},
		{"utf-8-sig", "", "é", "\xef\xbb\xbf\xc3\xa9\n"},
		{"utf-16", "", "é", "\xff\xfe\xe9\x00\n\x00"},
		{"locale", "", "é", "\xc3\xa9\n"},
		{"ascii", "ignore", "a\u20acb", "ab\n"},
		{"ascii", "replace", "a\u20acb", "a?b\n"},
		{"ascii", "backslashreplace", "a\u20acb", "a\\u20acb\n"},
		{"ascii", "xmlcharrefreplace", "a\u20acb", "a&#8364;b\n"},
		{"ascii", "namereplace", "a\u20acb", "a\\N{EURO SIGN}b\n"},
		{"", "surrogateescape", "a\xffb", "a\xffb\n"},
	} {
		for _, class := range encodedClasses(c.encoding, c.policy) {
			t.Run(c.encoding+" "+c.policy+"/"+class.name, func(t *testing.T) {
				dir := t.TempDir()
				h, err := class.open(filepath.Join(dir, "app.log"), common{Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)}})
				emit(t, opened(t, h, err), c.text)
				expect(t, dir, map[string]string{"app.log": c.want})
			})
		}
	}
}

// A character that the encoding lacks costs its record only: it is an error,
// reported once, and nothing of the record is written.
func TestStrictEncoding(t *testing.T) {
	for _, delay := range []bool{false, true} {
		for _, class := range encodedClasses("ascii", "") {
			t.Run(class.name, func(t *testing.T) {
				dir := t.TempDir()
				var reported reports
				h, err := class.open(filepath.Join(dir, "app.log"), common{delay: delay, Options: handlers.Options{Formatter: bare{}, OnError: reported.onError}})
				h = opened(t, h, err)
				var refused *charset.EncodeError
				if err := handle(t, h, "half \u20ac"); !errors.As(err, &refused) {
					t.Errorf("Handle gave %v, want an EncodeError", err)
				}
				expect(t, dir, map[string]string{"app.log": ""})
				emit(t, h, "whole")
				expect(t, dir, map[string]string{"app.log": "whole\n"})
				if len(reported) != 1 || reported[0].message != "half \u20ac" {
					t.Errorf("reported %v, want the one record", reported)
				}
			})
		}
	}
}

// A byte order mark goes in front of each new file, and of no record. It counts
// towards the size, as all bytes do (D1).
func TestByteOrderMarkOfEachFile(t *testing.T) {
	dir := t.TempDir()
	h, err := handlers.NewRotatingFile(filepath.Join(dir, "app.log"), &handlers.RotatingFileOptions{
		Encoding: "utf-16", MaxBytes: 15, BackupCount: 2, Options: handlers.Options{Formatter: bare{}, OnError: quiet(t)},
	})
	h = opened(t, h, err)
	emit(t, h, "ab", "cd", "ef") // 2 bytes, then 6 for each
	expect(t, dir, map[string]string{
		"app.log":   "\xff\xfee\x00f\x00\n\x00",
		"app.log.1": "\xff\xfea\x00b\x00\n\x00c\x00d\x00\n\x00",
	})
	if handlers.File(h) == nil {
		t.Error("File of a handler with an encoding is nil")
	}
}

func TestEncodingErrors(t *testing.T) {
	for _, c := range []struct{ encoding, policy, want string }{
		{"latin-99", "", "latin-99"},
		{"utf-8", "forgive", "forgive"},
		{"", "forgive", "forgive"},
	} {
		for _, class := range encodedClasses(c.encoding, c.policy) {
			dir := t.TempDir()
			_, err := class.open(filepath.Join(dir, "app.log"), common{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), class.name+": ") {
				t.Errorf("%s with %q, %q: %v", class.name, c.encoding, c.policy, err)
			}
			expect(t, dir, nil)
		}
	}
}
