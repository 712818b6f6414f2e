package mail

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Address is a mailbox, perhaps with a name.
type Address struct {
	// Spec is the address itself, as it goes into the envelope: "ops@example.org",
	// or without a domain "ops".
	Spec string
	// name is what is shown beside it, without quotes.
	name string
	// raw is how it was written, and space what stood in front of that.
	raw, space string
}

// maxSpec is how long an address can be (RFC 5321, 4.5.3.1.3, without the brackets).
const maxSpec = 254

// ParseAddresses reads a list of addresses with commas between them, as they stand in
// a header (RFC 5322, 3.4): `ops@example.org`, `Ops <ops@example.org>`,
// `"Smith, J" <js@example.org>`. An empty text holds none. What would not come
// through a header and SMTP as it is is refused: control characters, line breaks,
// unbalanced quotes, more than one address without a comma.
func ParseAddresses(text string) ([]Address, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("address %q is not UTF-8", text)
	}
	for _, r := range text {
		if unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029' {
			return nil, fmt.Errorf("address %q holds a control character or line break", text)
		}
	}
	if strings.Trim(text, " \t") == "" {
		return nil, nil
	}
	var list []Address
	for rest, more := text, true; more; {
		var a Address
		var err error
		if a, rest, more, err = parseAddress(rest); err != nil {
			return nil, fmt.Errorf("address %q: %w", text, err)
		}
		list = append(list, a)
	}
	return list, nil
}

// parseAddress reads an address up to a comma or the end.
func parseAddress(text string) (a Address, rest string, more bool, err error) {
	var words, comments strings.Builder // outside of the brackets
	angle := false
	i := 0
	for ; i < len(text) && text[i] != ','; i++ {
		start := i
		switch text[i] {
		case '"':
			if i = endOf(text, i, '"'); i < 0 {
				return a, "", false, fmt.Errorf("a quote is not closed")
			}
			words.WriteString(text[start : i+1])
		case '(':
			if i = endOfComment(text, i); i < 0 {
				return a, "", false, fmt.Errorf("a parenthesis is not closed")
			}
			comments.WriteString(text[start : i+1])
		case '<':
			if angle {
				return a, "", false, fmt.Errorf("two addresses without a comma")
			}
			if i = endOf(text, i, '>'); i < 0 {
				return a, "", false, fmt.Errorf("a bracket is not closed")
			}
			angle, a.Spec = true, strings.Trim(text[start+1:i], " \t")
			words.WriteByte('<')
		case '[':
			if i = endOf(text, i, ']'); i < 0 {
				return a, "", false, fmt.Errorf("a bracket is not closed")
			}
			words.WriteString(text[start : i+1])
		case ')', '>', ']', ':', ';', '\\':
			return a, "", false, fmt.Errorf("%q out of place", text[i])
		default:
			words.WriteByte(text[i])
		}
	}
	if i < len(text) {
		rest, more = text[i+1:], true
	}
	a.raw = strings.Trim(text[:i], " \t")
	a.space = text[:strings.Index(text, a.raw)]
	outside := words.String()
	if angle {
		var after string
		outside, after, _ = strings.Cut(outside, "<")
		if strings.Trim(after, " \t") != "" {
			return a, "", false, fmt.Errorf("%q behind the address", after)
		}
		if strings.Contains(unquoted(outside), "@") {
			return a, "", false, fmt.Errorf("two addresses without a comma")
		}
		a.name = unquote(strings.Trim(outside, " \t"))
	} else {
		a.Spec = strings.Trim(outside, " \t")
	}
	if c := comments.String(); c != "" {
		a.name = strings.TrimLeft(a.name+" "+c, " ")
	}
	return a, rest, more, checkSpec(a.Spec)
}

// endOf is the index of what closes the quote or bracket at i; a backslash in quotes
// takes its meaning from the next character. -1: there is none.
func endOf(text string, i int, end byte) int {
	quoted := end == '"'
	for i++; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == end && (!quoted || end == '"'):
			return i
		case text[i] == '"':
			quoted = !quoted
		}
	}
	return -1
}

func endOfComment(text string, i int) int {
	for depth := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// unquoted is text without what stands in quotes.
func unquoted(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '"' {
			if i = endOf(text, i, '"'); i < 0 {
				break
			}
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// unquote is text without its quotes and their backslashes.
func unquote(text string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case quoted && text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// checkSpec refuses what could be taken for more than an address in a command.
func checkSpec(spec string) error {
	switch {
	case spec == "":
		return fmt.Errorf("nothing between two commas or brackets")
	case len(spec) > maxSpec:
		return fmt.Errorf("%d bytes are more than the %d of SMTP", len(spec), maxSpec)
	case strings.ContainsAny(spec, "<>"):
		return fmt.Errorf("a bracket in the address")
	}
	plain := unquoted(spec)
	if literal := strings.Index(plain, "@["); literal >= 0 && strings.HasSuffix(plain, "]") {
		plain = plain[:literal] + "@" + strings.ReplaceAll(plain[literal+2:len(plain)-1], ":", ".")
	}
	local, domain, at := strings.Cut(plain, "@")
	switch {
	case strings.ContainsAny(plain, " \t(),:;\\[]"):
		return fmt.Errorf("%q is not one address", spec)
	case strings.ContainsFunc(spec, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }):
		return fmt.Errorf("white space in %q", spec)
	case at && (domain == "" || strings.Contains(domain, "@") || local == "" && !strings.HasPrefix(spec, `"`)):
		return fmt.Errorf("%q is not one address", spec)
	}
	return nil
}

// appendAddresses appends a header of addresses, with a comma between them. They are
// written as they were given where they can be.
func appendAddresses(dst []byte, header string, list []Address, international bool) []byte {
	f := newFolder(dst, header)
	for i, a := range list {
		end := ","
		if i == len(list)-1 {
			end = ""
		}
		space := a.space
		if i == 0 {
			space = " "
		} else if f.line+len(a.raw) > hardMax-maxSpec {
			space = " " // Python folds at white space only, however long the line
		}
		f.address(space, a, end, international)
	}
	return f.end()
}

func (f *folder) address(space string, a Address, end string, international bool) {
	words := splitWords(a.raw)
	encode := !isASCII(a.raw) && !international
	for _, w := range words {
		encode = encode || len(w) > hardMax-maxSpec
	}
	if encode && a.name != "" {
		f.encoded(space, a.name)
		words, space = []string{"<" + a.Spec + ">"}, " "
	}
	for i, w := range words {
		if i == len(words)-1 {
			w += end
		}
		f.put(space, w)
		space = " "
	}
}

// splitWords splits text at white space that is not in quotes.
func splitWords(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t')
	})
}
