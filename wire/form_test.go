package wire

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

const formOfPython = `name=app.db&msg=slow+%25s+%28%25d+ms%29&args=%28%27caf%C3%A9%27%2C+120%29&levelname=WARNING&levelno=30&pathname=%2Fsrv%2Fdb.py&filename=db.py&module=db&exc_info=None&exc_text=None&stack_info=None` +
	`&lineno=42&funcName=query&created=1700000000.25&msecs=250.0&relativeCreated=12.5&thread=140735268561664&threadName=MainThread&processName=MainProcess&process=7&taskName=None&table=users&rows=%5B1%2C+2%5D`

func TestFormBothWays(t *testing.T) {
	r, err := Form{}.ParseRecord([]byte(formOfPython))
	if err != nil {
		t.Fatal(err)
	}
	if r.Message != "slow café (120 ms)" || r.Level != sluice.Warning || r.Name != "app.db" || r.Source.Line != 42 || r.Origin.Thread != 140735268561664 ||
		!r.Time.Equal(time.Unix(1700000000, 250e6)) || r.ExcText != "" || r.Origin.TaskName != "" {
		t.Errorf("%+v", r)
	}
	if len(r.Attrs) != 2 || r.Attrs[0].String() != "table=users" || r.Attrs[1].String() != "rows=[1, 2]" {
		t.Errorf("attributes %v", r.Attrs)
	}
	back, err := Form{}.AppendRecord(nil, r)
	if err != nil || string(back) != formOfPython {
		t.Errorf("%v\n got %s\nwant %s", err, back, formOfPython)
	}
}

func TestFormOfThisProcess(t *testing.T) {
	r := &sluice.Record{Level: sluice.Error, Message: "a b/ü", Attrs: []slog.Attr{slog.Bool("ok", true), slog.Any("raw", pyval.Bytes("\x00\xff~")), slog.Any("l", &pyval.List{Items: []any{pyval.Bytes("x"), nil}}), slog.String("args", "mine")}}
	got, err := Form{}.AppendRecord([]byte("?"), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"?name=root&msg=a+b%2F%C3%BC&args=%28%29&levelname=ERROR&levelno=40&", "&ok=True&raw=%00%FF~&l=%5Bb%27x%27%2C+None%5D&args_=mine"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	if got, err := (Form{}).AppendRecord([]byte("?"), &sluice.Record{Message: "\xed\xa0\x80"}); err == nil || string(got) != "?" {
		t.Errorf("half a surrogate pair: %q, %v", got, err)
	}
}

func TestFormThatIsNotWhole(t *testing.T) {
	for _, tt := range []struct{ form, msg, exc, attrs string }{
		{"msg=hello", "hello", "", "[]"},
		{"msg=%25d&args=%28%27x%27%2C%29", "%d % ('x',)", "", "[]"},
		{"msg=at+%25s&args=%28datetime.datetime%282020%2C+1%2C+1%29%2C%29", "at %s", "", "[args=(datetime.datetime(2020, 1, 1),)]"},
		{"msg=%25%28k%29s&args=%7B%27k%27%3A+%5B1%5D%7D", "[1]", "", "[]"},
		{"msg=a%zz%2&x", "a%zz%2", "", "[x=]"},
		{"msg=1&msg=2&=e", "2", "", "[=e]"},
		{"msg=%FF%ED%A0%80", "\xed\xb3\xbf\xed\xa0\x80", "", "[]"},
		{"msg=failed&exc_info=%28%3Cclass+%27ValueError%27%3E%2C+1%29&exc_text=None", "failed", "(<class 'ValueError'>, 1)", "[]"},
		{"msg=failed&exc_info=%28%3Cx%3E%29&exc_text=Traceback", "failed", "Traceback", "[]"},
		{"msg=x&levelno=1e1&thread=0x7&created=then", "x", "", "[]"},
	} {
		r, err := Form{}.ParseRecord([]byte(tt.form))
		if err != nil {
			t.Errorf("%s: %v", tt.form, err)
			continue
		}
		if got := r.Attrs; r.Message != tt.msg || r.ExcText != tt.exc || attrText(got) != tt.attrs {
			t.Errorf("%s: message %q, exception %q, attributes %v", tt.form, r.Message, r.ExcText, got)
		}
	}
	for _, bad := range []string{"", "&&"} {
		if r, err := (Form{}).ParseRecord([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, r)
		}
	}
}

func attrText(attrs []slog.Attr) string {
	var all []string
	for _, a := range attrs {
		all = append(all, a.String())
	}
	return "[" + strings.Join(all, " ") + "]"
}

func TestFormIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range maxFormKeys + 1 {
		b.WriteString("k" + pyval.Str(int64(i)) + "=1&")
	}
	if _, err := (Form{}).ParseRecord([]byte(b.String())); err == nil {
		t.Error("no bound of keys")
	}
	self := &pyval.List{}
	for range 1000 {
		self.Items = append(self.Items, self, strings.Repeat("x", 10_000))
	}
	got, err := Form{}.AppendRecord(nil, &sluice.Record{Attrs: []slog.Attr{slog.Any("l", self)}})
	if err != nil || len(got) > 4*maxFormText {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func FuzzForm(f *testing.F) {
	f.Add([]byte(formOfPython))
	for _, row := range recordRows(f)[:100] {
		if r, err := (Pickle{}).ParseRecord(row.Frame[4:]); err == nil {
			form, _ := Form{}.AppendRecord(nil, r)
			f.Add(form)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Form{}.ParseRecord(data)
		if err != nil {
			return
		}
		form, err := Form{}.AppendRecord(nil, r)
		if err != nil || len(form) > maxFormText {
			return // surrogates, or a value that is cut
		}
		again, err := Form{}.ParseRecord(form)
		if err != nil {
			t.Fatalf("%q: %v", form, err)
		}
		if back, err := (Form{}).AppendRecord(nil, again); err != nil || string(back) != string(form) {
			t.Errorf("sent on as\n%q, then, %v, as\n%q", form, err, back)
		}
	})
}
