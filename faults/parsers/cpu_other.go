//go:build !linux

package parsers

import "time"

// worked is the time of the clock where nothing better is asked.
func worked() time.Duration { return time.Duration(time.Now().UnixNano()) }
