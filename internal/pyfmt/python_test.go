package pyfmt

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

// request is one question to testdata/python.py.
type request struct {
	Kind   string `json:"kind"`
	Format string `json:"format"`
	Value  string `json:"value"`

	format string
	value  any
}

type answer struct {
	Version []int
	Text    *string
	Class   string
	Msg     string
}

// askPython lets python3 answer all requests; without one the test is skipped.
func askPython(t *testing.T, requests []request) (answers []answer, exact bool) {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SLUICE_PEERS") == "required" {
			t.Fatal("python3 is not installed (Debian package python3)")
		}
		t.Skip("python3 is not installed (Debian package python3)")
	}
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, r := range requests {
		r.Format = hex.EncodeToString([]byte(r.format))
		r.Value = hex.EncodeToString([]byte(pyval.Repr(r.value)))
		if err := enc.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "testdata/python.py")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		if a.Text != nil {
			text, err := hex.DecodeString(*a.Text)
			if err != nil {
				t.Fatal(err)
			}
			s := string(text)
			a.Text = &s
		}
		answers = append(answers, a)
	}
	if len(answers) != len(requests)+1 {
		t.Fatalf("%d answers to %d requests", len(answers)-1, len(requests))
	}
	v := answers[0].Version
	return answers[1:], v[0] == 3 && v[1] == 13
}

// own is our answer.
func (r request) own() (string, error) {
	switch r.Kind {
	case "mod":
		return Mod(r.format, r.value, 0)
	case "brace", "dollar":
		style := map[string]string{"brace": "{", "dollar": "$"}[r.Kind]
		f, err := Compile(style, r.format, false)
		if err != nil {
			return "", err
		}
		text, err := f.Append(nil, newFields(f, r.value.(*pyval.Dict)), nil)
		return string(text), err
	case "check%", "check{", "check$":
		f, err := Compile(r.Kind[len("check"):], r.format, true)
		if err != nil {
			return "", err
		}
		return map[bool]string{true: "True", false: "False"}[f.UsesTime()], nil
	case "str":
		return pyval.Str(r.value), nil
	case "repr":
		return pyval.Repr(r.value), nil
	}
	return pyval.ASCII(r.value), nil
}

func compare(t *testing.T, requests []request) {
	t.Helper()
	answers, exact := askPython(t, requests)
	texts, bad := 0, 0
	for i, a := range answers {
		r := requests[i]
		got, err := r.own()
		var e *Error
		errors.As(err, &e)
		var fault string
		switch {
		case a.Text != nil && err != nil:
			fault = fmt.Sprintf("got %v, want %q", err, *a.Text)
		case a.Text != nil:
			texts++
			if got != *a.Text {
				fault = fmt.Sprintf("got %q, want %q", got, *a.Text)
			}
		case e == nil:
			fault = fmt.Sprintf("got %q, want %s: %s", got, a.Class, a.Msg)
		case !sameError(e, a, exact):
			fault = fmt.Sprintf("got %v, want %s: %s", e, a.Class, a.Msg)
		}
		if fault != "" {
			if bad++; bad <= 20 {
				t.Errorf("%s %q with %s: %s", r.Kind, r.format, pyval.Repr(r.value), fault)
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d differ", bad, len(requests))
	}
	if texts < len(requests)/10 {
		t.Errorf("only %d of %d gave a text", texts, len(requests))
	}
}

// sameError compares the classes, and with the version that was followed the
// messages.
func sameError(e *Error, a answer, exact bool) bool {
	if a.Class == "KeyError" && e.Class == "ValueError" {
		// What logging makes of it.
		return e.Msg == "Formatting field not found in record: "+a.Msg
	}
	if strings.HasPrefix(a.Msg, "Invalid placeholder") || strings.HasPrefix(a.Msg, "Exceeds the limit") {
		return a.Class == e.Class
	}
	return a.Class == e.Class && (!exact || a.Msg == e.Msg || a.Class == "MemoryError")
}

// sample makes random values and formats, the same in each run.
type sample struct{ *rand.Rand }

func newSample(seed uint64) sample { return sample{rand.New(rand.NewPCG(seed, 1))} }

func (s sample) of(list ...string) string { return list[s.IntN(len(list))] }

func (s sample) text() string {
	var b strings.Builder
	for range s.IntN(6) {
		b.WriteString(s.of("a", "Z", "0", " ", "'", `"`, "\\", "\n", "\x00", "\x7f", "é", "\u00ad", "日", "\u2028",
			"\U0001f600", "\ue000", "\xed\xb2\x80", "%", "{", "$", "\uffff"))
	}
	return b.String()
}

func (s sample) float() float64 {
	switch s.IntN(6) {
	case 0:
		return [...]float64{0, 1, -1, 0.5, 1e16, 1e15, 1e-4, 1e-5, 100, 123456, 999999.5, 0.1, 2.5, -0.04, 1e22, 1e300}[s.IntN(16)]
	case 1:
		return float64(s.IntN(2000000)-1000000) / 1000
	case 2:
		return s.NormFloat64() * 1e20
	case 3:
		return s.NormFloat64() * 1e-10
	}
	return s.NormFloat64() * 1000
}

func (s sample) value(depth int) any {
	n := 13
	if depth == 0 {
		n = 9
	}
	switch s.IntN(n) {
	case 0:
		return nil
	case 1:
		return s.IntN(2) == 0
	case 2:
		return s.Int64N(2000) - 1000
	case 3:
		return int64(s.Uint64())
	case 4:
		return pyval.Int(bigRandom(s))
	case 5, 6:
		return s.float()
	case 7:
		re := s.float()
		if re == 0 {
			re = 1 // the literal -2j is complex(-0.0, -2)
		}
		return complex(re, s.float())
	case 8:
		return s.text()
	case 9:
		return pyval.Bytes(s.text())
	case 10:
		return pyval.Tuple(s.values(depth))
	case 11:
		return &pyval.List{Items: s.values(depth)}
	}
	d := &pyval.Dict{}
	for _, v := range s.values(depth) {
		d.Set(s.text(), v)
	}
	return d
}

func (s sample) values(depth int) []any {
	items := make([]any, s.IntN(4))
	for i := range items {
		items[i] = s.value(depth - 1)
	}
	return items
}
