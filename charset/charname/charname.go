// Package charname gives characters the names that Python's unicodedata gives
// them, for charset.NameReplace. It is a package by itself because the names cost a
// program a megabyte.
//
// # Limits
//
// The names are those of the Unicode version of golang.org/x/text, and of Unicode 15.1,
// as in CPython 3.13; not of that of every Python. CPython's namereplace also has names
// for the private characters U+F0000 to U+F03CC, where its table keeps aliases and
// sequences; here they have none, as in unicodedata.
package charname

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/runenames"
)

// Of returns the name of r, "EURO SIGN"; "" if it has none, as controls,
// surrogates and private characters. It is safe for concurrent use. (Python:
// unicodedata.name.)
func Of(r rune) string {
	switch name := runenames.Name(r); {
	case name != "" && !strings.HasPrefix(name, "<"):
		return name
	case r >= 0xac00 && r <= 0xd7a3:
		return "HANGUL SYLLABLE " + syllable(int(r-0xac00))
	case unicode.Is(unicode.Unified_Ideograph, r), r >= 0x2ebf0 && r <= 0x2ee5d:
		return fmt.Sprintf("CJK UNIFIED IDEOGRAPH-%X", r)
	}
	return added(r)
}

// added names what Unicode 15.1 has beside ideographs and 15.0, which is all that
// golang.org/x/text has for Go 1.26.
func added(r rune) string {
	const description = "IDEOGRAPHIC DESCRIPTION CHARACTER "
	switch r {
	case 0x2ffc:
		return description + "SURROUND FROM RIGHT"
	case 0x2ffd:
		return description + "SURROUND FROM LOWER RIGHT"
	case 0x2ffe:
		return description + "HORIZONTAL REFLECTION"
	case 0x2fff:
		return description + "ROTATION"
	case 0x31ef:
		return description + "SUBTRACTION"
	}
	return ""
}

// syllable spells the syllable n out. (The Unicode Standard, 3.12.)
func syllable(n int) string {
	const (
		initials = "G GG N D DD R M B BB S SS  J JJ C K T P H"
		medials  = "A AE YA YAE EO E YEO YE O WA WAE OE YO U WEO WE WI YU EU YI I"
		finals   = " G GG GS N NJ NH D L LG LM LB LS LT LP LH M B BS S SS NG J C K T P H"
	)
	part := func(letters string, i int) string { return strings.Split(letters, " ")[i] }
	return part(initials, n/(21*28)) + part(medials, n/28%21) + part(finals, n%28)
}
