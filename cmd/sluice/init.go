package main

import (
	_ "embed"
	"io"
)

// starter is a configuration to begin with.
//
//go:embed starter.yaml
var starter string

type initCmd struct{}

// Help is the command's longer help.
func (*initCmd) Help() string {
	return "Write it to a file with sluice init >logging.yaml, look at it with sluice check logging.yaml, and serve it with sluice serve --config logging.yaml."
}

// Run prints it.
func (*initCmd) Run(w world) error {
	_, err := io.WriteString(w.stdout, starter)
	return err
}
