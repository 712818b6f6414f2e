// Package report writes FAULTS.md: a row for each fault, of which those are new
// that were run and the others stay.
package report

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/sluicelog/sluice/faults/fault"
)

const head = `# Faults

What each fault cost, counted in what the destination has, by a reader that asks nobody's counters.
After each run: accepted = found + destroyed by the fault + counted drops + held + **lost**. Lost, torn
and doubled are to be 0; where the promise leaves something open, that part of the lost is given
apart. ` + "`go run ./faults`" + ` makes this table; [faults/README.md](faults/README.md) says how, and what
each column means.

`

const columns = `| fault | what happens | injector | seeds | runs | accepted | lost | torn | doubled | date | lumberjack | timberjack | CPython | other |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | --- | --- | --- |
`

// peers are the columns of the table after date.
func peers() []string { return []string{"lumberjack", "timberjack", "CPython"} }

// Page is FAULTS.md.
type Page struct {
	rows     map[string]string // by the fault's name
	sections map[string]string
}

// Read reads the page that is there, if one is.
func Read(path string) (Page, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return parse(""), nil
	}
	return parse(string(data)), err
}

func parse(text string) Page {
	p := Page{rows: map[string]string{}, sections: map[string]string{}}
	section := ""
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(name)
		} else if section != "" {
			p.sections[section] += line
		} else if cells := strings.Split(line, " | "); len(cells) > 2 {
			p.rows[strings.TrimPrefix(cells[0], "| ")] = line
		}
	}
	for name, text := range p.sections {
		p.sections[name] = strings.TrimSpace(text)
	}
	return p
}

// Take takes the outcome in the place of an older one. One that was not run
// replaces none.
func (p *Page) Take(o fault.Outcome) {
	name := o.Fault.Name()
	if _, ok := p.rows[name]; ok && o.Absent != "" {
		return
	}
	p.rows[name] = Row(o)
	p.sections[name] = section(o)
}

// Markdown is the page, with the faults in the order of names. Faults that are no
// longer among them are left out.
func (p *Page) Markdown(names []string, machine string) string {
	var b strings.Builder
	b.WriteString(head + machine + "\n\n" + columns)
	for _, name := range names {
		b.WriteString(p.rows[name])
	}
	for _, name := range names {
		if text := p.sections[name]; text != "" {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", name, text)
		}
	}
	return b.String()
}

// Header is the head of the table.
func Header() string { return columns }

// Row is the row of the table.
func Row(o fault.Outcome) string {
	f, r := o.Fault, o.Result
	cells := []string{f.Name(), f.Title, f.Injector}
	if o.Absent != "" {
		cells = append(cells, "**NOT RUN**, needs "+o.Absent)
		return row(cells, 6+len(peers())+1)
	}
	lost := fmt.Sprint(r.Lost)
	if r.Allowed > 0 {
		lost = fmt.Sprintf("%d, of them open %d", r.Lost, r.Allowed)
	}
	if len(o.Failed) > 0 {
		lost = "**BROKEN** " + lost
	}
	cells = append(cells, fmt.Sprint(o.Seeds), fmt.Sprint(r.Runs), fmt.Sprint(r.Accepted),
		lost, fmt.Sprint(r.Torn), fmt.Sprint(r.Doubled), o.Date.Format("2006-01-02"))
	var others []string
	columns := map[string][]string{}
	for _, p := range o.Peers {
		if slices.Contains(peers(), p.Peer.Name) {
			columns[p.Peer.Name] = append(columns[p.Peer.Name], peerCell(p, p.Peer.As))
		} else {
			others = append(others, peerCell(p, strings.TrimSpace(p.Peer.Name+" "+p.Peer.As)))
		}
	}
	for _, name := range peers() {
		cells = append(cells, strings.Join(columns[name], "; "))
	}
	return row(append(cells, strings.Join(others, "; ")), 0)
}

func row(cells []string, more int) string {
	for range more {
		cells = append(cells, "")
	}
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(strings.ReplaceAll(c, "|", "\\|"), "\n", " ")
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// peerCell is what became of the lines of a peer.
func peerCell(p fault.PeerOutcome, as string) string {
	if as != "" {
		as += ": "
	}
	r := p.Result
	switch {
	case p.Absent != "":
		return as + "not run, needs " + p.Absent
	case p.Err != nil && r.Accepted == 0:
		return as + "failed: " + p.Err.Error()
	}
	text := fmt.Sprintf("%slost %d of %d", as, r.Lost, r.Accepted)
	if r.Allowed > 0 {
		text = fmt.Sprintf("%slost %d (open %d) of %d", as, r.Lost, r.Allowed, r.Accepted)
	}
	for _, part := range []struct {
		n    int
		what string
	}{{r.Refused, "refused"}, {r.Torn, "torn"}, {r.Doubled, "doubled"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	if len(r.Broken) > 0 {
		text += ", " + r.Broken[0]
	}
	if p.Err != nil {
		text += ", then: " + p.Err.Error()
	}
	return text
}

// section is what the row has no room for.
func section(o fault.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", o.Fault.Promise)
	r := o.Result
	for _, part := range []struct {
		n    int
		what string
	}{
		{r.Destroyed, "lines destroyed by the fault itself, or by order"},
		{r.Dropped, "lines dropped and counted"}, {r.Held, "lines held"},
		{r.Refused, "lines refused, and the caller told"},
		{r.Unasked, "lines there that were not acknowledged"},
	} {
		if part.n > 0 {
			fmt.Fprintf(&b, "- %d %s\n", part.n, part.what)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Worst)) {
		fmt.Fprintf(&b, "- at most %.4g %s\n", r.Worst[name], name)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Shares)) {
		fmt.Fprintf(&b, "- %d of %d %s\n", r.Shares[name].So, r.Shares[name].Of, name)
	}
	notes := slices.Clone(r.Notes)
	slices.Sort(notes)
	for _, note := range slices.Compact(notes) {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	for _, failure := range o.Failed[:min(len(o.Failed), 10)] {
		fmt.Fprintf(&b, "- BROKEN: %s\n", failure)
	}
	return strings.TrimSpace(b.String())
}
