// Package parsers has the faults of what is read from a network: bytes made by rules
// of the format and then broken, until 10^9 have gone through each parser.
//
// Nothing is recovered here: a parser that panics ends the run, and the input that did
// it is in the run's directory.
//
// # Limits
//
// Which inputs are worth breaking further is told by answers that were not given
// before, not by the code that was reached. What lies behind a socket is given its
// bytes without one.
package parsers

import (
	"fmt"
	"time"

	"github.com/sluicelog/sluice/faults/fault"
)

// Faults returns one for each parser.
func Faults() []fault.Fault {
	var all []fault.Fault
	for _, p := range parsers() {
		all = append(all, fault.Fault{
			ID: "F28", Case: "fuzz-" + p.name, Title: "10^9 hostile bytes for " + p.title,
			Injector: "golden inputs and some made by the format's rules, broken at random; those with a new answer again",
			Promise:  promise,
			Seeds:    1, Limit: time.Hour,
			Sluice: runOf(p),
		})
	}
	return all
}

var promise = fmt.Sprintf("No input makes the parser panic, takes the processors longer than %v for each %d KiB, or makes it allocate more than %d MiB and %d times its length; what was read can be formatted and sent on; a good record after each %d is read as it is.",
	mostTime, piece>>10, mostMemory>>20, memoryFactor, goodEvery)
