package main

import (
	"fmt"
	"os"
	"testing"
)

// TestMain lets the test binary be one of the processes of the suite shared.
func TestMain(m *testing.M) {
	if path := os.Getenv(sharedPath); path != "" {
		if err := writeShared(path, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
