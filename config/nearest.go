package config

import (
	"slices"
	"strings"
)

// nearest gives the one of known that name was probably meant to be; empty: none is
// near.
func nearest(name string, known []string) string {
	const longest, most = 100, 1000 // bytes, that nobody mistypes; names, that nobody reads
	if len(name) > longest || len(known) > most {
		return ""
	}
	best, least := "", len(name)/3+2 // edits
	for _, k := range slices.Sorted(slices.Values(known)) {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if strings.HasSuffix(k, "."+name) {
			d = 1 // the class without its module
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// near is didYouMean, as long as it is told.
func (p *problems) near(name string, known []string) string {
	if len(p.errs) >= maxErrors {
		return ""
	}
	return didYouMean(name, known)
}

// didYouMean is the end of an error about a name that there is not.
func didYouMean(name string, known []string) string {
	if k := nearest(name, known); k != "" {
		return "; did you mean " + k + "?"
	}
	if len(known) > 0 && len(known) <= 12 {
		return "; there are " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
	}
	return ""
}

// distance is the number of letters to insert, remove, replace or swap with the next
// to make b of a.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	older := slices.Clone(row)
	for i := range len(a) {
		older, before, row = before, row, older
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(before[j+1]+1, row[j]+1, before[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
