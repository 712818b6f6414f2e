package charname

import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"golang.org/x/text/unicode/runenames"
)

func TestOf(t *testing.T) {
	for r, want := range map[rune]string{
		'€': "EURO SIGN", 'é': "LATIN SMALL LETTER E WITH ACUTE", '가': "HANGUL SYLLABLE GA", '앙': "HANGUL SYLLABLE ANG",
		'힣': "HANGUL SYLLABLE HIH", '中': "CJK UNIFIED IDEOGRAPH-4E2D", '𠀀': "CJK UNIFIED IDEOGRAPH-20000",
		'\u2ffc': "IDEOGRAPHIC DESCRIPTION CHARACTER SURROUND FROM RIGHT", '\u2fff': "IDEOGRAPHIC DESCRIPTION CHARACTER ROTATION",
		'\u31ef': "IDEOGRAPHIC DESCRIPTION CHARACTER SUBTRACTION", '\U0002ee5d': "CJK UNIFIED IDEOGRAPH-2EE5D", '\U0002ee5e': "",
		'\n': "", '\ue000': "", '\ufffe': "", 0xd800: "", 0xf0000: "", -1: "", 0x110000: "",
	} {
		if got := Of(r); got != want {
			t.Errorf("%U is %q, want %q", r, got, want)
		}
	}
}

// TestAgainstPython compares the name of every character that CPython's Unicode
// knows.
func TestAgainstPython(t *testing.T) {
	const script = `
import json, sys, unicodedata
names = {c: unicodedata.name(chr(c), "") for c in range(0x110000) if unicodedata.category(chr(c)) != "Cn"}
json.dump({"version": unicodedata.unidata_version, "names": names}, sys.stdout)`
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("SLUICE_PEERS") == "required" {
			t.Fatal(err)
		}
		t.Skip("no python3 (Debian: python3)")
	}
	out, err := exec.Command(python, "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Version string
		Names   map[string]string
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	names := answer.Names
	bad, newer := 0, 0
	for c, want := range names {
		r, err := strconv.Atoi(c)
		if err != nil {
			t.Fatal(err)
		}
		got := Of(rune(r))
		if got == "" && runenames.Name(rune(r)) == "" && answer.Version > runenames.UnicodeVersion {
			newer++ // what later versions of Unicode have added
			continue
		}
		if got != want {
			if bad++; bad < 20 {
				t.Errorf("%U is %q, want %q", r, got, want)
			}
		}
	}
	t.Logf("Unicode %s, Python's %s: %d names, %d too new", runenames.UnicodeVersion, answer.Version, len(names), newer)
	if bad > 0 || len(names)-newer < 100000 {
		t.Errorf("%d of %d differ", bad, len(names))
	}
}
