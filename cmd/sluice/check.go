package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/sluicelog/sluice/config"
)

// The exit statuses of check.
const (
	checkGood     = 0
	checkWarnings = 1
	checkBad      = 2
)

type checkCmd struct {
	File string `arg:"" help:"The configuration: YAML or JSON."`
	JSON bool   `name:"json" help:"For machines: one object with errors, warnings and tree."`
}

// Help is the command's longer help.
func (*checkCmd) Help() string {
	return `Reads a configuration as serve --config does, and opens nothing. The exit status is 0 if it
is good, 1 if something in it will surprise, 2 if it does not load.`
}

// Run checks the file.
func (c *checkCmd) Run(w world) error {
	report, err := config.CheckFile(c.File, configOptions())
	if c.JSON {
		return c.machine(w, report, err)
	}
	if err != nil {
		fmt.Fprintln(w.stderr, err)
		var all config.Errors
		if errors.As(err, &all) {
			fmt.Fprintf(w.stderr, "%s does not load: %s\n", c.File, counted(len(all), "error"))
		}
		return statusError(checkBad)
	}
	d := &drawing{w: w.stdout, color: isTerminal(w.stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if f, ok := w.stdout.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			d.width = width
		}
	}
	d.tree(report.Tree)
	d.warnings(c.File, report.Warnings)
	return checkStatus(report)
}

func checkStatus(r *config.Report) error {
	if len(r.Warnings) > 0 {
		return statusError(checkWarnings)
	}
	return nil
}

// machine prints what was found as JSON.
func (c *checkCmd) machine(w world, r *config.Report, err error) error {
	type told struct {
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Path    string `json:"path"`
		Message string `json:"message"`
	}
	out := struct {
		File     string           `json:"file"`
		Errors   []told           `json:"errors"`
		Warnings []config.Warning `json:"warnings"`
		Tree     *config.Tree     `json:"tree"`
	}{File: c.File, Errors: []told{}, Warnings: []config.Warning{}}
	var all config.Errors
	if errors.As(err, &all) {
		for _, e := range all {
			out.Errors = append(out.Errors, told{e.Line, e.Column, e.Path, e.Message})
		}
	}
	if r != nil {
		out.Warnings, out.Tree = append(out.Warnings, r.Warnings...), r.Tree
	}
	e := json.NewEncoder(w.stdout)
	e.SetIndent("", "  ")
	if encodeErr := e.Encode(out); encodeErr != nil {
		return encodeErr
	}
	if err != nil {
		return statusError(checkBad)
	}
	return checkStatus(r)
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
