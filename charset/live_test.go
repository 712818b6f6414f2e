package charset

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/charset/charname"
)

// oneOfAll are encodings of every kind.
const oneOfAll = "ascii latin_1 cp1252 koi8-r cp437 cp864 cp037 mac_roman mac_arabic iso8859-15 tis_620 hp_roman8 " +
	"utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be utf-7 " +
	"shift_jis cp932 euc_jp iso2022_jp iso2022_jp_1 iso2022_jp_ext euc_kr cp949 johab gbk gb2312 gb18030 big5 cp950 hz nope"

// domains are the encodings of whole texts.
const domains = " idna punycode"

// policies are all policies and one that is none.
const policies = "strict ignore replace backslashreplace xmlcharrefreplace namereplace surrogateescape surrogatepass nope"

// pieces are what random texts are made of: characters that one encoding has and
// another has not, those that encodings treat in ways of their own, and lone
// surrogates.
var pieces = []string{
	"a", "Z9", " ", "\n", "\t", "\x00", "\x1b", "\x7f", "~", "\\", "+", "-", "+-", "/", "{", "~{", "&", "?", "\r\n",
	"é", "ÿ", "ñ", "£", "¥", "‾", "\u0080", "\u0081", "\u0085", "\u00a0", "€", "Œ", "Ω", "ж", "Щ", "ب", "א", "ก", "ḿ", "─", "█",
	"あ", "カ", "ｶ", "漢字", "〜", "～", "−", "－", "‖", "∥", "①", "㈱", "№", "髙", "丂", "한", "똠", "펲", "ㄱ", "汉", "體", "亞", "㐀",
	"𠀀", "😀", "👩\u200d👧", "\ue000", "\ue7c7", "\ue5e5", "\uf8ff", "\ufeff", "\ufffd", "\ufffe", "\u2028",
	".", "。", "ß", "Å", "e\u0301", "\u0327\u0301", "\u00ad", "ﬁ", "א", "ـ", "xn--", "각", "\u1100\u1161",
	"\xed\xa0\x80", "\xed\xb2\x80", "\xed\xb3\xbf", "\xed\xb2\xa4", "\xed\xbf\xbf", "\xed\xa0\xbd\xed\xb8\x80",
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(9) {
		if r.IntN(8) == 0 {
			b.WriteRune(rune(r.IntN(0x2f00)))
			continue
		}
		for range 1 + r.IntN(2) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
	}
	return b.String()
}

// points gives the code points that Python sees.
func points(s string) []rune {
	e := NewEncoder(encodingOf("utf_8"), Strict, nil)
	ps := []rune{}
	for b := []byte(s); len(b) > 0; {
		r, n := e.decode(b)
		ps = append(ps, r)
		b = b[n:]
	}
	return ps
}

// TestAgainstPython encodes random texts and compares with CPython's str.encode,
// errors and their texts included.
func TestAgainstPython(t *testing.T) {
	type query struct {
		encoding string
		policy   ErrorPolicy
		text     string
	}
	var queries []query
	var in bytes.Buffer
	r := rand.New(rand.NewPCG(17, 23))
	for _, enc := range strings.Fields(oneOfAll + domains) {
		for _, p := range strings.Fields(policies) {
			for range 60 {
				q := query{enc, ErrorPolicy(p), randomText(r)}
				if enc == "hz" {
					// CPython writes one tilde, not two, where its buffer happens to end.
					q.text = strings.ReplaceAll(q.text, "~", "")
				}
				queries = append(queries, q)
				line, err := json.Marshal([]any{q.encoding, q.policy, points(q.text)})
				if err != nil {
					t.Fatal(err)
				}
				in.Write(append(line, '\n'))
			}
		}
	}
	cmd := exec.Command(lookPython(t), filepath.Join("testdata", "encode.py"))
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(bytes.NewReader(out))
	for _, q := range queries {
		var want answer
		if err := answers.Decode(&want); err != nil {
			t.Fatal(err)
		}
		got := encode(q.encoding, q.policy, q.text)
		if want.Refused && got.Message != "" {
			// Before 3.13 CPython did not say where.
			got, want = answer{}, answer{}
		}
		if n := len(points(q.text)); want.Start >= n && want.End > 0 && got.Reason == want.Reason {
			// Its place is in what idna has made of the text.
			got, want = answer{}, answer{}
		}
		if got != want {
			t.Errorf("%s, %s, %+q:\n got %+v\nwant %+v", q.encoding, q.policy, q.text, got, want)
		}
	}
}

// answer is encode.py's.
type answer struct {
	Code       string
	Codec      string
	Start, End int
	Reason     string
	Message    string
	Refused    bool
}

func encode(encoding string, p ErrorPolicy, text string) (a answer) {
	code, err := encodeOnce(encoding, p, text)
	if err != nil {
		a.Message = err.Error()
		code = nil
	}
	var failed *EncodeError
	if errors.As(err, &failed) {
		a.Codec, a.Start, a.End, a.Reason = failed.Encoding, failed.Start, failed.End, failed.Reason
	}
	a.Code = hex.EncodeToString(code)
	return a
}

func encodeOnce(encoding string, p ErrorPolicy, text string) ([]byte, error) {
	enc, err := Lookup(encoding)
	if err != nil {
		return nil, err
	}
	e := NewEncoder(enc, p, charname.Of)
	return e.AppendEncode(e.BOM(), text)
}
