package rotate

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Naming tells backups from other files in the directory of a log file.
type Naming interface {
	// Backup reports whether name is the name of a backup of the file base, and
	// how old it is: of two backups the one with the lesser order is older. Base
	// is a path, name is not.
	Backup(base, name string) (order string, ok bool)
}

// Expired returns those of names that are backups of base but not among the
// newest keep, oldest first: Python's getFilesToDelete.
func Expired(n Naming, base string, names []string, keep int) []string {
	type backup struct{ order, name string }
	var found []backup
	for _, name := range names {
		if order, ok := n.Backup(base, name); ok {
			found = append(found, backup{order, name})
		}
	}
	slices.SortFunc(found, func(a, b backup) int { return strings.Compare(a.order, b.order) })
	var expired []string
	for _, b := range found[:max(0, len(found)-max(0, keep))] {
		expired = append(expired, b.name)
	}
	return expired
}

// Dated is the Naming of Timed: base, a dot and a date, or what Namer makes of
// it; then perhaps a dot and a number from 1 to 999. As in Python the date must
// be of the very form that When gives, but is not looked at: 9999-99-99 is one.
//
// Backups are ordered by their names, so by time unless Namer puts something
// before the date, and those of one date by number.
type Dated struct {
	When  string                   // as in Timed
	Namer func(path string) string // as in Options; nil changes nothing
}

// Backup implements Naming.
func (d Dated) Backup(base, name string) (order string, ok bool) {
	u, err := parseWhen(d.When)
	if err != nil {
		return "", false
	}
	if d.Namer == nil {
		return plainBackup(base, name, u.layout)
	}
	made := func(s string) string { return filepath.Base(d.Namer(base + "." + s)) }
	dates := datesIn(name, u.layout)
	for _, date := range dates {
		if made(date) == name {
			return ordered(name, 0), true
		}
	}
	for _, date := range dates {
		for _, n := range numbersIn(name, highestDigits) {
			if made(date+"."+strconv.Itoa(n)) == name {
				return ordered(made(date), n), true
			}
		}
	}
	return "", false
}

func plainBackup(base, name, layout string) (order string, ok bool) {
	rest, ok := strings.CutPrefix(name, filepath.Base(base)+".")
	if !ok || len(rest) < len(layout) || !alike(rest[:len(layout)], layout) {
		return "", false
	}
	if rest = rest[len(layout):]; rest == "" {
		return ordered(name, 0), true
	}
	n, ok := number(strings.TrimPrefix(rest, "."), highestDigits)
	if !ok || rest[0] != '.' {
		return "", false
	}
	return ordered(strings.TrimSuffix(name, rest), n), true
}

// ordered makes numbers sort as numbers, after the name without one.
func ordered(name string, n int) string { return fmt.Sprintf("%s\x00%03d", name, n) }

func digit(b byte) bool { return '0' <= b && b <= '9' }

// alike reports whether s has digits where layout has them and is otherwise
// the same. They are of one length.
func alike(s, layout string) bool {
	for i := range len(layout) {
		if digit(layout[i]) != digit(s[i]) || !digit(s[i]) && s[i] != layout[i] {
			return false
		}
	}
	return true
}

// datesIn returns the dates that name holds, which may overlap. A digit before
// or after it makes it something else.
func datesIn(name, layout string) []string {
	var dates []string
	for i := 0; i+len(layout) <= len(name); i++ {
		end := i + len(layout)
		if i > 0 && digit(name[i-1]) || end < len(name) && digit(name[end]) {
			continue
		}
		if alike(name[i:end], layout) {
			dates = append(dates, name[i:end])
		}
	}
	return dates
}

// numbersIn returns the numbers that name holds, also inside longer ones: a
// namer may put digits next to them.
func numbersIn(name string, digits int) []int {
	var numbers []int
	for i := range name {
		for end := i + 1; end <= min(i+digits, len(name)); end++ {
			n, ok := number(name[i:end], digits)
			if !ok {
				break
			}
			if !slices.Contains(numbers, n) {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}

// number reads a number of at most so many digits, from 1 on and without zeros in
// front.
func number(s string, digits int) (int, bool) {
	if len(s) < 1 || len(s) > digits || s[0] == '0' {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if !digit(s[i]) {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, true
}
