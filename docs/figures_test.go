package docs_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	lostOf    = regexp.MustCompile(`lost (\d+)(?: \(open (\d+)\))? of (\d+)`)
	refused   = regexp.MustCompile(`(\d+) refused`)
	figures   = regexp.MustCompile(`([\d,]+) of ([\d,]*\d)|([\d,]*\d) refused`)
	openLines = regexp.MustCompile(`open (\d+)`)
)

// TestFigures: the figures that the README quotes are those of the rows of FAULTS.md
// that it names beside them, or of all of these together. Lines that a row's promise
// leaves open are not counted as lost.
func TestFigures(t *testing.T) {
	said := map[string]map[string]bool{} // by row
	total := map[string][2]int{}         // accepted and lost by sluice, by row
	number := func(text string) int {
		n, err := strconv.Atoi(strings.ReplaceAll("0"+text, ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	figure := func(lost, of int) string { return strconv.Itoa(lost) + " of " + strconv.Itoa(of) }
	for _, line := range read(t, "../FAULTS.md") {
		row := cells(line)
		if len(row) < 14 || row[0] == "fault" {
			continue
		}
		all := map[string]bool{}
		lost, open := strings.TrimSpace(strings.Split(row[6], ",")[0]), 0
		if m := openLines.FindStringSubmatch(row[6]); m != nil {
			open = number(m[1])
		}
		if _, err := strconv.Atoi(lost); err == nil { // else it was not run
			total[row[0]] = [2]int{number(lost) - open, number(row[5])}
			all[figure(number(lost)-open, number(row[5]))] = true
		}
		for _, peer := range row[10:] {
			for _, m := range lostOf.FindAllStringSubmatch(peer, -1) {
				all[figure(number(m[1])-number(m[2]), number(m[3]))] = true
			}
			for _, m := range refused.FindAllStringSubmatch(peer, -1) {
				all[m[1]+" refused"] = true
			}
		}
		said[row[0]] = all
	}
	table, checked := false, 0
	for i, line := range read(t, "../README.md") {
		row := cells(line)
		switch line {
		case "<!-- shown -->":
			table = true
		case "":
			table = false
		}
		if !table || row == nil {
			continue
		}
		var lost, of int
		names := quoted(row[len(row)-1])
		for _, name := range names {
			lost, of = lost+total[name][0], of+total[name][1]
		}
		for _, m := range figures.FindAllStringSubmatch(line, -1) {
			want := strconv.Itoa(number(m[3])) + " refused"
			if m[3] == "" {
				want = figure(number(m[1]), number(m[2]))
			}
			found := want == figure(lost, of)
			for _, name := range names {
				found = found || said[name][want]
			}
			if checked++; !found {
				t.Errorf("README.md:%d: FAULTS.md does not say %q of %v", i+1, m[0], names)
			}
		}
	}
	if checked < 10 {
		t.Errorf("looked at %d figures", checked)
	}
}
