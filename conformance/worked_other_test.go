//go:build !unix

package conformance

import "time"

var begun = time.Now()

// worked is the time that has passed, where no more is known.
func worked() time.Duration { return time.Since(begun) }
