package natsqueue

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"
	"time"
)

// What the consumer of a cursor says about itself.
const (
	metaCursor = "sluice-cursor" // its name
	metaUntil  = "sluice-until"  // when it may be forgotten, unless somebody who has it says otherwise: RFC 3339, or never
	never      = "never"
)

// keeps gives the metadata with which a program that has the cursor keeps it for as
// long as its options say, and whether that is anything new: it says so four times
// before others may forget it, and never makes the time shorter that another one gave.
func (o *Options) keeps(had map[string]string, name string, now time.Time) (metadata map[string]string, renewed bool) {
	metadata = maps.Clone(had)
	if metadata == nil {
		metadata = map[string]string{}
	}
	renewed = metadata[metaCursor] != name
	metadata[metaCursor] = name
	switch {
	case metadata[metaUntil] == never:
	case o.ForgetAfter == 0:
		metadata[metaUntil], renewed = never, true
	case now.Add(o.ForgetAfter * 3 / 4).After(keptUntil(metadata)):
		metadata[metaUntil], renewed = now.Add(o.ForgetAfter).UTC().Format(time.RFC3339Nano), true
	}
	return metadata, renewed
}

// keptUntil is the time in the metadata of a consumer; zero: it says none.
func keptUntil(metadata map[string]string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, metadata[metaUntil])
	return t
}

// over says that nobody has the cursor any more.
func over(metadata map[string]string, now time.Time) bool {
	until := keptUntil(metadata)
	return !until.IsZero() && now.After(until)
}

// consumerName is a name that the server takes: of letters, digits, "-" and "_" as
// it is, what is else in it as "=" and two hexadecimal digits. What becomes too long is
// cut off, and then has a sum of the whole behind "==".
func consumerName(cursor string) string {
	var b strings.Builder
	for _, c := range []byte(cursor) {
		if c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02x", c)
		}
	}
	if b.Len() == 0 {
		return "="
	}
	if b.Len() > maxConsumer {
		sum := sha256.Sum256([]byte(cursor))
		return fmt.Sprintf("%s==%x", b.String()[:maxConsumer-34], sum[:16])
	}
	return b.String()
}

// maxConsumer is how long names are that the server takes, and that its files may have.
const maxConsumer = 200
