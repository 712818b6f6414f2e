package wire

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
)

// What a message can say of a thousand attributes is read back, and the others are
// counted, also where each key needs a second parameter.
func TestSyslogManyKeys(t *testing.T) {
	r := &sluice.Record{Level: sluice.Info, Name: "n n"}
	for i := range 600 {
		r.Attrs = append(r.Attrs, slog.Int(fmt.Sprintf("é%d", i), i), slog.Group(fmt.Sprintf("e@%d", i), slog.Int("", i)))
	}
	s := &Syslog{Format: RFC5424}
	data, err := s.AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := s.ParseRecord(data)
	if got.Message != "" || got.Name != "n n" || len(got.Attrs) < 400 {
		t.Fatalf("name %q, %d attributes, message %q", got.Name, len(got.Attrs), got.Message)
	}
	kept, left := 0, 0
	for _, a := range got.Attrs {
		switch {
		case a.Key == "facility":
		case a.Key == "omitted@32473":
			left, _ = strconv.Atoi(a.Value.Group()[0].Value.String())
		case kept < 600 && a.Key == fmt.Sprintf("é%d", kept) && a.Value.String() == strconv.Itoa(kept):
			kept++
		default:
			t.Fatalf("attribute %d is %v", kept, a)
		}
	}
	if kept+left != 1200 {
		t.Errorf("%d are there and %d left out, of 1200", kept, left)
	}
}

// What another sender says under the name of the keys is taken as it is, unless each
// is the number of a parameter.
func TestSyslogForeignKeys(t *testing.T) {
	for in, want := range map[string]string{
		`[a@1 x="1"][keys@32473 1="ключ"]`:         "[a@1=[ключ=1]]",
		`[a@1 x="1"][keys@32473 2="k"]`:            "[a@1=[x=1] keys@32473=[2=k]]",
		`[a@1 x="1"][keys@32473 0="k"]`:            "[a@1=[x=1] keys@32473=[0=k]]",
		`[a@1 x="1"][keys@32473 x="k" 1="k"]`:      "[a@1=[x=1] keys@32473=[x=k 1=k]]",
		`[keys@32473 1="k"][a@1 x="1"]`:            "[keys@32473=[1=k] a@1=[x=1]]",
		`[sluice@32473 x="1"][keys@32473 1="key"]`: "[key=1]",
	} {
		r, _ := new(Syslog).ParseRecord([]byte("<14>1 - - - - - " + in))
		if got := fmt.Sprint(r.Attrs[1:]); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// FuzzSyslogNames: whatever the logger's name, two keys and a value are, they come back
// as RFC 5424, as text; and nothing else does.
func FuzzSyslogNames(f *testing.F) {
	for _, s := range []string{"a.b", "k y", "logger", "level", "levelno", "sluice_id", "sluice@32473", "keys@32473", "1", "", "-", "日本", "\xff]\"\\\x00", strings.Repeat("long", 20)} {
		f.Add(s, s, s+"_", s)
		f.Add("n", s, "levelno", s)
	}
	f.Fuzz(func(t *testing.T, name, one, two, value string) {
		if len(name)+len(one)+len(two)+2*len(value) > 4<<10 {
			return
		}
		r := &sluice.Record{Level: sluice.Info, Name: name, Message: "m", Origin: &sluice.Origin{}, Attrs: []slog.Attr{
			slog.String(one, value), slog.String(two, value), slog.Group("e@1", slog.String(two, value)),
		}}
		text := func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
		for _, s := range []Syslog{{Format: RFC5424}, {Format: RFC5424, AppName: "a"}} {
			data, err := s.AppendRecord(nil, r)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := s.ParseRecord(data)
			want := []slog.Attr{slog.String("facility", "user")}
			wantName := text(name)
			if s.AppName != "" && name != "" {
				want = append(want, slog.String("app_name", "a"))
			} else if s.AppName != "" {
				wantName = "a"
			}
			want = append(want, slog.String(text(one), text(value)), slog.String(text(two), text(value)), slog.Group("e@1", slog.String(text(two), text(value))))
			if got.Name != wantName || got.Message != "m" || !got.ID.IsZero() || fmt.Sprintf("%q", got.Attrs) != fmt.Sprintf("%q", want) {
				t.Fatalf("%q came back as %q, %q of %q", data, got.Name, got.Message, got.Attrs)
			}
		}
	})
}
