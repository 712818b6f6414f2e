package charset

import (
	"slices"
	"strings"
)

// modules returns the modules of Python's package encodings that a name may mean,
// the likelier first. (encodings/__init__.py: search_function.)
func modules(name string) []string {
	norm := normalize(name)
	var ms []string
	for _, n := range []string{norm, strings.ReplaceAll(norm, ".", "_")} {
		if m := aliasOf(n); m != "" {
			ms = append(ms, m)
			break
		}
	}
	if norm != "" && !strings.Contains(norm, ".") {
		ms = append(ms, norm)
	}
	return ms
}

// normalize makes letters small and what lies between letters, digits and dots one
// underscore. (encodings/__init__.py: normalize_encoding.)
func normalize(name string) string {
	var b strings.Builder
	gap := false
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.':
		default:
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap = false
		b.WriteByte(c)
	}
	return b.String()
}

// aliasOf returns the module that an alias stands for, or "".
func aliasOf(alias string) string {
	for line := range strings.Lines(aliases) {
		if names := strings.Fields(line); slices.Contains(names[1:], alias) {
			return names[0]
		}
	}
	return ""
}

// kind is why a module of Python's holds no Encoding.
type kind uint8

const (
	unknown kind = iota
	notText      // makes bytes of bytes
	notHere      // see Limits
)

// missing are the modules that are notHere.
const missing = "big5hkscs euc_jis_2004 euc_jisx0213 shift_jis_2004 shift_jisx0213 " +
	"iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_kr " +
	"unicode_escape raw_unicode_escape charmap undefined"

func kindOf(module string) kind {
	switch module {
	case "base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec":
		return notText
	}
	if slices.Contains(strings.Fields(missing), module) {
		return notHere
	}
	return unknown
}
