package mail

import (
	stdmail "net/mail"
	"strings"
	"testing"
)

func TestParseAddresses(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // the addresses, by spaces
	}{
		{"", ""}, {"  ", ""}, {"me", "me"}, {"a@x.test, b@x.test", "a@x.test b@x.test"}, {"one@e.org,two@e.org", "one@e.org two@e.org"},
		{"App <app@e.org>", "app@e.org"}, {`"Smith, J" <js@e.org>`, "js@e.org"}, {`"a\"b, c" <x@y>,z`, "x@y z"}, {"x@y (comment, (nested) here)", "x@y"},
		{"привет <x@e.org>", "x@e.org"}, {"üser@e.org", "üser@e.org"}, {`"a b"@e.org`, `"a b"@e.org`}, {"a@[127.0.0.1]", "a@[127.0.0.1]"}, {"a@[IPv6:::1]", "a@[IPv6:::1]"},
		{"< x@y >", "x@y"}, {`"alice@x" <b@y>`, "b@y"},
	} {
		list, err := ParseAddresses(c.text)
		var got []string
		for _, a := range list {
			got = append(got, a.Spec)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%q: got %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}

func TestParseAddressesRefuses(t *testing.T) {
	for _, text := range []string{
		"a\nb@x", "a@x\r\nBcc: b@x", "a@x\r", "a\x00@x", "a@x\u2028", "a\x7f@x", "a@\xff", ",", "a@x,", ",a@x", "a@x,,b@x", "<>", "App <>", "a b", "a@b c@d", "a@b <c@d>", "a@b@c", "@b", "a@",
		"x <a@b> y", "<a@b", "a@b>", `"a@b`, "(a@b", "team: a@b;", "<@r:a@b>", "<a@b> SIZE=1", "<a><b>", `<"a>b"@c>`, "a(@b", strings.Repeat("a", 255), "a\\b@c", "<a b@c>", "<a@b,c@d>", "a@b\u00a0c",
	} {
		if list, err := ParseAddresses(text); err == nil {
			t.Errorf("%q: got %+v", text, list)
		} else if strings.ContainsAny(err.Error(), "\r\n\x00") {
			t.Errorf("%q: the error has control characters: %q", text, err)
		}
	}
}

// TestAddressHeader: names and addresses arrive, in lines that are not too long.
func TestAddressHeader(t *testing.T) {
	many := strings.Repeat("x@example.org,", 200) + "y@example.org"
	for _, text := range []string{
		"a@b", "App <a@b>", `"Smith, J" <a@b>,Jöhn Q. Doe <q@x>,"Jöhn, Doe" <j@x>`, "a@b (Jöhn)", many, strings.Repeat("w", 900) + " <a@b>", strings.Repeat("Ops Team <ops@example.org>,", 20) + "a@b",
		`"` + strings.Repeat("é", 300) + `" <a@b>`, "=?utf-8?q?x=0D=0ABcc_y?= <a@b>",
	} {
		list := addresses(t, text)
		head, ok := strings.CutPrefix(string(appendAddresses(nil, "To", list, false)), "To:")
		if !ok || !strings.HasSuffix(head, "\r\n") {
			t.Errorf("%q", head)
		}
		for _, line := range strings.Split(strings.TrimSuffix(head, "\r\n"), "\r\n") {
			if len(line) > hardMax || strings.Trim(line, " \t") == "" {
				t.Errorf("%.100q: line %q", text, line)
			}
		}
		got, err := stdmail.ParseAddressList(strings.ReplaceAll(head, "\r\n", ""))
		if err != nil || len(got) != len(list) {
			t.Errorf("%.100q: header %q: %d, %v", text, head, len(got), err)
			continue
		}
		want, err := stdmail.ParseAddressList(text)
		for i := range got {
			if got[i].Address != list[i].Spec || err == nil && !strings.Contains(text, "(") && got[i].Name != want[i].Name {
				t.Errorf("%.100q: got %v, want %v", text, got[i], list[i])
			}
		}
	}
}
