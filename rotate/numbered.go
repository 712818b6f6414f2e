package rotate

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Numbered is the Naming of Size: base, a dot and a number, or what Namer makes
// of it. The higher the number, the older the backup.
//
// A policy whose Naming is Numbered plans the removal of the backup with the
// highest number itself, unless State.Spare is set.
type Numbered struct {
	Namer func(path string) string // as in Options; nil changes nothing
}

const (
	numberDigits  = 9 // of the longest number that counts as one
	beyondNumbers = 1_000_000_000
)

// Backup implements Naming.
func (n Numbered) Backup(base, name string) (order string, ok bool) {
	if n.Namer == nil {
		rest, ok := strings.CutPrefix(name, filepath.Base(base)+".")
		if !ok {
			return "", false
		}
		i, ok := number(rest, numberDigits)
		return byNumber(i), ok
	}
	for _, i := range numbersIn(name, numberDigits) {
		if filepath.Base(n.Namer(base+"."+strconv.Itoa(i))) == name {
			return byNumber(i), true
		}
	}
	return "", false
}

// byNumber makes the highest number the least.
func byNumber(n int) string { return fmt.Sprintf("%09d", beyondNumbers-1-n) }
