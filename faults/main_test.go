package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMain is also what the children of the faults run.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestCatalogue: a row can be read alone, and its name is its own.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	name := regexp.MustCompile(`^F[0-9]+/[A-Za-z0-9-]+$`)
	for _, f := range catalogue() {
		if seen[f.Name()] || !name.MatchString(f.Name()) {
			t.Errorf("the name %q is another's, or none", f.Name())
		}
		seen[f.Name()] = true
		if f.Title == "" || f.Injector == "" || f.Promise == "" || f.Sluice == nil {
			t.Errorf("%s lacks a title, an injector, a promise or a run", f.Name())
		}
		for _, p := range f.Peers {
			if p.Name == "" || p.Run == nil {
				t.Errorf("%s: a peer lacks a name or a run", f.Name())
			}
		}
	}
}

// TestRunWritesPage: a fault that is run prints its row and writes it to the page;
// in the short form only where it is told to.
func TestRunWritesPage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "FAULTS.md")
	var stdout bytes.Buffer
	if err := run([]string{"-short", "-run", "^F7/renamed$", "-out", out, "-dir", t.TempDir()}, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{stdout.String(), string(page)} {
		if !strings.Contains(text, "| F7/renamed | ") || strings.Contains(text, "F7/removed") {
			t.Errorf("got %s", text)
		}
	}
	t.Chdir(t.TempDir())
	if err := run([]string{"-short", "-run", "^F7/renamed$", "-dir", t.TempDir()}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("FAULTS.md"); err == nil {
		t.Error("the short form has written FAULTS.md")
	}
	if err := run([]string{"-run", "no such"}, io.Discard, io.Discard); err == nil {
		t.Error("no fault matches, and that is a success")
	}
}
