package charset

import (
	"fmt"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Encoding is one of Python's text encodings. It is immutable and safe for
// concurrent use.
type Encoding struct {
	codec  codec
	name   string // as UnicodeEncodeError has it
	reason string // why a character is refused
	bom    string
	ascii  bool  // a byte below 0x80 always stands for itself
	runs   bool  // adjacent refused characters are one error
	peels  bool  // surrogateescape goes as far into a run as it can
	wide   bool  // code units are wider than a byte
	copies bool  // the encoding is UTF-8
	strict bool  // there is no other policy
	whole  whole // instead of codec
	// pass writes a surrogate as surrogatepass does; nil: it is refused.
	pass func(dst []byte, r rune) []byte
}

// A codec encodes single characters.
type codec interface {
	// put appends the code of r to dst. If r has none, dst and s are returned as
	// they were. With the rune end, put goes back to the initial state.
	put(dst []byte, r rune, s shift) ([]byte, shift, bool)
}

// shift is what a stateful codec remembers between characters; at first it is 0.
type shift uint32

// end is no character but the end of the text.
const end rune = -1

// Lookup returns the encoding of a name, for which Python's aliases stand, too:
// upper and lower case, hyphens, spaces and underscores are the same ("UTF-8",
// "utf8", "U8"). The error for a name that Python does not know is Python's:
// "unknown encoding: x".
func Lookup(name string) (*Encoding, error) {
	for _, m := range modules(name) {
		if e := encodingOf(m); e != nil {
			return e, nil
		}
		switch kindOf(m) {
		case notText:
			return nil, fmt.Errorf("'%s' is not a text encoding", name)
		case notHere:
			return nil, fmt.Errorf("encoding '%s' is not supported", name)
		}
	}
	return nil, fmt.Errorf("unknown encoding: %s", name)
}

// encodingOf makes the encoding that Python's module encodings.<module> holds; nil
// if there is none.
func encodingOf(module string) *Encoding {
	switch module {
	case "ascii":
		return &Encoding{codec: limit(0x80), name: "ascii", reason: "ordinal not in range(128)", ascii: true, runs: true, peels: true}
	case "latin_1", "iso8859_1":
		return &Encoding{codec: limit(0x100), name: "latin-1", reason: "ordinal not in range(256)", ascii: true, runs: true, peels: true}
	case "utf_8":
		return newUnicode("utf-8", utf8Codec{}, "")
	case "utf_8_sig":
		return newUnicode("utf-8", utf8Codec{}, "\xef\xbb\xbf")
	case "utf_16":
		return newUnicode("utf-16", utf16Codec{}, "\xff\xfe")
	case "utf_16_le":
		return newUnicode("utf-16-le", utf16Codec{}, "")
	case "utf_16_be":
		return newUnicode("utf-16-be", utf16Codec{big: true}, "")
	case "utf_32":
		return newUnicode("utf-32", utf32Codec{}, "\xff\xfe\x00\x00")
	case "utf_32_le":
		return newUnicode("utf-32-le", utf32Codec{}, "")
	case "utf_32_be":
		return newUnicode("utf-32-be", utf32Codec{big: true}, "")
	case "utf_7":
		return &Encoding{codec: utf7Codec{}, name: "utf7"}
	case "idna":
		return &Encoding{whole: appendIDNA, name: "idna", strict: true}
	case "punycode":
		return &Encoding{whole: appendPunycode, name: "punycode"}
	}
	if c := multibyte(module); c != nil {
		return &Encoding{codec: c, name: module, reason: "illegal multibyte sequence", ascii: module != "hz"}
	}
	if base, patch := charmapTable(module); base != nil {
		m := newCharmap(base, patch)
		return &Encoding{codec: m, name: "charmap", reason: "character maps to <undefined>", ascii: m.isASCII(), runs: true}
	}
	return nil
}

func newUnicode(name string, c passer, bom string) *Encoding {
	_, narrow := c.(utf8Codec)
	return &Encoding{
		codec: c, name: name, reason: "surrogates not allowed", bom: bom, pass: c.pass,
		ascii: narrow, copies: narrow, runs: narrow, peels: narrow, wide: !narrow,
	}
}

// multibyte makes the codec of East Asian character sets that a module holds; nil
// if there is none.
func multibyte(module string) codec {
	switch module {
	case "big5":
		return &table{x: traditionalchinese.Big5.NewEncoder(), patch: big5Patch, refuse: notBig5}
	case "cp950":
		return &table{x: traditionalchinese.Big5.NewEncoder(), patch: cp950Patch, refuse: notBig5}
	case "cp932":
		return &table{x: japanese.ShiftJIS.NewEncoder(), patch: cp932Patch, private: privateCP932}
	case "shift_jis":
		return &table{x: japanese.ShiftJIS.NewEncoder(), patch: shiftJISPatch, refuse: notJISX0208}
	case "euc_jp":
		return newEUCJP()
	case "iso2022_jp":
		return &iso2022JP{euc: newEUCJP()}
	case "iso2022_jp_1":
		return &iso2022JP{euc: newEUCJP(), supplement: true}
	case "iso2022_jp_ext":
		return &iso2022JP{euc: newEUCJP(), supplement: true, katakana: true}
	case "cp949":
		return newCP949()
	case "euc_kr":
		return eucKR{newCP949()}
	case "johab":
		return johab{newCP949()}
	case "gbk":
		return &table{x: simplifiedchinese.GBK.NewEncoder(), patch: gbkPatch}
	case "gb2312":
		return newGB2312()
	case "gb18030":
		return &table{x: simplifiedchinese.GB18030.NewEncoder(), patch: gb18030Patch, private: privateGB18030}
	case "hz":
		return hz{newGB2312()}
	}
	return nil
}

func newEUCJP() *table {
	return &table{x: japanese.EUCJP.NewEncoder(), patch: eucJPPatch, refuse: notEUCJP}
}

func newCP949() *table {
	return &table{x: korean.EUCKR.NewEncoder()}
}

func newGB2312() *table {
	return &table{x: simplifiedchinese.GBK.NewEncoder(), patch: gb2312Patch, refuse: notGB2312}
}
