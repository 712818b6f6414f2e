package parsers

import (
	"math/rand/v2"
)

// A parser is what is fed.
type parser struct {
	name, title string
	// open makes one that has read nothing yet.
	open func() (*session, error)
	// make appends an input by the rules of the format.
	make func(r *rand.Rand, dst []byte) []byte
	// parts gives where the parts of an input end that the format has; nil: it has
	// none that are worth knowing.
	parts func(data []byte) []int
	words []string // that mean something in the format
	seeds func() ([][]byte, error)
}

// session is a parser at work, which goes from one input to the next as a receiver's
// does.
type session struct {
	// feed gives an input to the parser: answer is what it said, by which inputs are
	// told that lead somewhere new. An error is a promise that was not kept.
	feed func(data []byte) (answer string, read bool, err error)
	// good gives it a record with this message and returns the message that it read.
	good func(message string) (string, error)
	// seal, if not nil, makes the input one that the parser looks at.
	seal  func(r *rand.Rand, data []byte) []byte
	close func() error
}

func parsers() []parser {
	return []parser{
		pickleValues(), pickles(), signed(), jsonLines(), forms(), syslogs(),
		prefixed(), delimited(), requests(),
	}
}
