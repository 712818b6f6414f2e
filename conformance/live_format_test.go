package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

// liveFormat is a format, and what CPython says to it.
type liveFormat struct {
	Style      string
	Validate   bool
	TZ         string
	UTC        bool
	Fmt        string
	DateFmt    *string
	TimeFormat *string `json:"time_format"`
	MsecFormat *string `json:"msec_format"`
	Defaults   []byte  // a pickle
	Error      string

	formatter sluice.Formatter
}

type liveRecord struct {
	Pickle  []byte
	Results []struct {
		Format int
		Text   []byte
		Error  string
	}
}

// TestLiveFormat: CPython formats 5 000 random records by 200 random formats of the
// three styles. The same pickles, taken as a receiver takes them, give the same
// texts here, or an error of the same class at the same stage.
func TestLiveFormat(t *testing.T) {
	py := python(t)
	const records, formats = 5000, 200
	seed := "1"
	if s := os.Getenv("SLUICE_SEED"); s != "" {
		seed = s
	}
	cmd := exec.Command(py, filepath.Join("testdata", "peers", "format_all.py"), fmt.Sprint(records), fmt.Sprint(formats), seed)
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1", "LC_ALL=C.UTF-8")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("format_all.py: %v\n%s", err, stderr.String())
	}
	in := bufio.NewScanner(bytes.NewReader(out))
	in.Buffer(nil, len(out)+1)
	var all [formats]liveFormat
	refused := 0
	for i := range all {
		f := &all[i]
		scan(t, in, f)
		if err := f.compile(); className(err) != f.Error {
			t.Errorf("%s: got %v, want %q", f, err, f.Error)
		}
		if f.Error != "" {
			refused++
		}
	}
	texts, raised, failed := 0, 0, 0
	for range records {
		var r liveRecord
		scan(t, in, &r)
		for _, want := range r.Results {
			f := &all[want.Format]
			if f.formatter == nil {
				continue
			}
			if want.Error == "" {
				texts++
			} else {
				raised++
			}
			got, err := f.format(r.Pickle)
			if className(err) == want.Error && (want.Error != "" || bytes.Equal(got, want.Text)) {
				continue
			}
			if failed++; failed <= 20 {
				t.Errorf("%s:\n got %q, %v\nwant %q, %s", f, got, err, want.Text, want.Error)
			}
		}
	}
	if failed > 0 {
		t.Errorf("%d of %d differ; SLUICE_SEED=%s", failed, texts+raised, seed)
	}
	if texts < records || raised < 100 || refused < 10 {
		t.Errorf("%d texts, %d errors, %d formats refused: format_all.py makes too few of a kind", texts, raised, refused)
	}
	t.Logf("%d formats, %d of them refused; %d texts and %d errors of %d records", formats, refused, texts, raised, records)
}

func scan(t *testing.T, in *bufio.Scanner, v any) {
	t.Helper()
	if !in.Scan() {
		t.Fatalf("format_all.py ended early: %v", in.Err())
	}
	if err := json.Unmarshal(in.Bytes(), v); err != nil {
		t.Fatal(err)
	}
}

func (f *liveFormat) String() string {
	text := func(s *string) string {
		if s == nil {
			return "None"
		}
		return fmt.Sprintf("%q", *s)
	}
	return fmt.Sprintf("%s %q datefmt=%s time=%s msec=%s tz=%s utc=%v validate=%v", f.Style, f.Fmt, text(f.DateFmt), text(f.TimeFormat), text(f.MsecFormat), f.TZ, f.UTC, f.Validate)
}

func (f *liveFormat) compile() error {
	o := &sluice.FormatterOptions{Style: sluice.Style(f.Style), Validate: &f.Validate, UTC: f.UTC,
		DefaultTimeFormat: f.TimeFormat, DefaultMsecFormat: f.MsecFormat, Defaults: map[string]any{}}
	if f.DateFmt != nil {
		o.DateFmt = *f.DateFmt
	}
	var err error
	if o.Location, err = time.LoadLocation(f.TZ); err != nil {
		return err
	}
	defaults, err := pickle.Decode(f.Defaults, pickle.Limits{})
	if err != nil {
		return err
	}
	for _, p := range defaults.(*pyval.Dict).Pairs {
		o.Defaults[p.Key.(string)] = p.Value
	}
	f.formatter, err = sluice.NewFormatter(f.Fmt, o)
	return err
}

// format takes a record as a receiver does. Where the arguments do not fit the
// message Python raises; a receiver shows both.
func (f *liveFormat) format(data []byte) ([]byte, error) {
	v, err := pickle.Decode(data, pickle.Limits{})
	if err != nil {
		return nil, err
	}
	d := v.(*pyval.Dict)
	msg, _ := d.Get("msg")
	args, _ := d.Get("args")
	if _, err := pyfmt.Message(msg, args, 0); err != nil {
		return nil, err
	}
	r, err := wire.Pickle{}.ParseRecord(data)
	if err != nil {
		return nil, err
	}
	return f.formatter.AppendRecord(nil, r)
}

// className is the Python class of an error; empty for none.
func className(err error) string {
	var e *pyfmt.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Class
	}
	return err.Error()
}
