// Package charset encodes text as Python's codecs do: their names and aliases,
// their tables, their error policies and their byte order marks, for log files
// that are not UTF-8.
//
// The tables are golang.org/x/text's. Where those are the WHATWG's, as browsers
// need them, and CPython's are the standards' own, small tables of exceptions
// (tables.go) and a few rules make them CPython's.
//
// An Encoder encodes one whole record, its terminator included: no state is
// carried from one record to the next, a byte order mark is never part of a
// record, and a stateful encoding (iso2022_jp, hz, utf_7) is back in its initial
// state at the end of each. A Writer does so in front of an io.Writer.
//
// Text is a Go string. A lone surrogate, which Python's str may hold, is its three
// bytes ED A0 80 to ED BF BF. Any other byte that is not UTF-8 counts as U+FFFD;
// under the policy surrogateescape it counts as U+DC80 to U+DCFF and is written as
// it was.
//
// # Limits
//
// Nothing is decoded. The encodings with JIS X 0213 or HKSCS (shift_jis_2004,
// euc_jisx0213, big5hkscs ...), iso2022_jp_2, iso2022_kr and unicode_escape are known
// by name and refused. idna, for domain names, is IDNA 2003 as in CPython 3.13, with
// the policy strict only; each record is encoded by itself, and not, as in a file of
// CPython's, with the next one where no dot ends it. Where CPython goes on with a file in
// iso2022_jp or hz it begins by going back to ASCII once more, which a Writer does not.
// utf_16 and utf_32 without a byte order in their names are little-endian on every
// machine. A policy that a Python program has registered is unknown here.
package charset
