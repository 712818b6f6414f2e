package handlers_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/charset"
	"github.com/sluicelog/sluice/charset/charname"
	"github.com/sluicelog/sluice/handlers"
)

func plain(t *testing.T, reported *[]error) handlers.Options {
	t.Helper()
	f, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		t.Fatal(err)
	}
	return handlers.Options{Formatter: f, OnError: func(_ context.Context, _ *sluice.Record, err error) { *reported = append(*reported, err) }}
}

func emitAll(h *sluice.Handler, messages ...string) {
	for _, m := range messages {
		_ = h.Emit(context.Background(), &sluice.Record{Level: sluice.Info, Message: m})
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestEncodingRolls: sizes are those of the encoded bytes, each file begins with
// its mark, and what cannot be encoded is reported and moves nothing.
func TestEncodingRolls(t *testing.T) {
	var reported []error
	path := filepath.Join(t.TempDir(), "app.log")
	h, err := handlers.NewRotatingFile(path, &handlers.RotatingFileOptions{
		Encoding: "UTF-16", MaxBytes: 12, BackupCount: 1, Options: plain(t, &reported),
	})
	if err != nil {
		t.Fatal(err)
	}
	emitAll(h, "é1", "\xed\xb2\x80 far too long for any file", "é2")
	if err := handlers.File(h).Sync(); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if got, want := content(t, path), "\xff\xfe\xe9\x002\x00\n\x00"; got != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
	if got, want := content(t, path+".1"), "\xff\xfe\xe9\x001\x00\n\x00"; got != want {
		t.Errorf("the backup holds %q, want %q", got, want)
	}
	var refused *charset.EncodeError
	if len(reported) != 1 || !errors.As(reported[0], &refused) || refused.Start != 0 || refused.End != 1 {
		t.Errorf("reported %v", reported)
	}
}

func TestEncodingOptions(t *testing.T) {
	for _, c := range []struct {
		encoding, errors string
		want             string
	}{
		{"", "", "é€\xff\n"},
		{"locale", "", "é€\xff\n"},
		{"", "replace", "é€\ufffd\n"},
		{"utf-8", "surrogateescape", "é€\xff\n"},
		{"latin-1", "ignore", "\xe9\n"},
		{"cp1252", "backslashreplace", "\xe9\x80\\ufffd\n"},
		{"ascii", "namereplace", "\\N{LATIN SMALL LETTER E WITH ACUTE}\\N{EURO SIGN}\\N{REPLACEMENT CHARACTER}\n"},
	} {
		var reported []error
		path := filepath.Join(t.TempDir(), "app.log")
		h, err := handlers.NewTimedRotatingFile(path, &handlers.TimedRotatingFileOptions{
			Encoding: c.encoding, Errors: c.errors, CharName: charname.Of, Options: plain(t, &reported),
		})
		if err != nil {
			t.Fatal(err)
		}
		emitAll(h, "é€\xff")
		if err := h.Close(); err != nil || len(reported) > 0 {
			t.Error(err, reported)
		}
		if got := content(t, path); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.encoding, c.errors, got, c.want)
		}
	}
}

// TestEncodingUnknown: a mistake in the options is told at once, and leaves no
// file.
func TestEncodingUnknown(t *testing.T) {
	for _, c := range []struct{ encoding, errors, want string }{
		{"utf-9", "", "FileHandler: unknown encoding: utf-9"},
		{"ascii", "nope", "FileHandler: unknown error handler name 'nope'"},
		{"", "STRICT", "FileHandler: unknown error handler name 'STRICT'"},
	} {
		path := filepath.Join(t.TempDir(), "app.log")
		_, err := handlers.NewFile(path, &handlers.FileOptions{Encoding: c.encoding, Errors: c.errors})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %q: %v, want %s", c.encoding, c.errors, err, c.want)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%q, %q: there is a file (%v)", c.encoding, c.errors, err)
		}
	}
}

// A NewBuffered over a file in another encoding: a batch is split where the encoded
// bytes end, and what cannot be encoded holds nothing up.
func TestEncodedBuffered(t *testing.T) {
	var reported []error
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	h, err := handlers.NewRotatingFile(path, &handlers.RotatingFileOptions{
		Encoding: "UTF-16", MaxBytes: 13, BackupCount: 9, Options: plain(t, &reported),
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := sluice.NewFormatter("%(message)s", nil)
	if err != nil {
		t.Fatal(err)
	}
	w, ok := h.Emitter().(*sluice.Stream).Writer().(sluice.BatchWriter)
	if !ok {
		t.Fatal("a file in UTF-16 is no BatchWriter")
	}
	b := sluice.NewBuffered(w, f, 0)
	ctx := context.Background()
	for _, m := range []string{"é1", "é2", "\xed\xb2\x80", "é3"} {
		if err := b.Emit(ctx, &sluice.Record{Message: m}); err != nil {
			t.Error(err)
		}
	}
	var refused *charset.EncodeError
	if err := b.Flush(ctx); !errors.As(err, &refused) {
		t.Errorf("Flush = %v, want what could not be encoded", err)
	}
	if err := errors.Join(b.Flush(ctx), b.Close(), h.Close()); err != nil || len(reported) > 0 {
		t.Errorf("then %v, reported %v", err, reported)
	}
	for name, want := range map[string]string{"app.log": "é3", "app.log.1": "é2", "app.log.2": "é1"} {
		want = "\xff\xfe" + strings.ReplaceAll(strings.ReplaceAll(want, "é", "\xe9\x00"), want[2:], want[2:]+"\x00") + "\n\x00"
		if got := content(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
}
