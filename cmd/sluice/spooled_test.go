package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue"
	"github.com/sluicelog/sluice/queue/spool"
)

// TestServeSpoolHolds: what came while the file could not be written is written by
// the next run, in order, and what a run had written and not settled is not written
// again, whether the sender had named it or not.
func TestServeSpoolHolds(t *testing.T) {
	for _, named := range []bool{true, false} {
		t.Run(fmt.Sprint(named), func(t *testing.T) { testServeSpoolHolds(t, named) })
	}
}

func testServeSpoolHolds(t *testing.T, named bool) {
	const records = 300
	dir := t.TempDir()
	file := filepath.Join(dir, "sluice.log")
	queueDir := filepath.Join(dir, "spool")
	// A run that was killed: of 300 records the file has 100, the cursor is at 0.
	q, err := spool.Open(queueDir, &spool.Options{Number: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Cursor("file"); err != nil {
		t.Fatal(err)
	}
	h := queue.NewHandler(q, nil)
	for i := range records {
		r := &sluice.Record{Level: sluice.Info, Message: fmt.Sprintf("waited %d", i)}
		if named {
			r.ID = sluice.ID{Source: 1, Seq: uint64(i + 1)}
		}
		if err := h.Emit(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	var lines bytes.Buffer
	err = q.Each(func(r *sluice.Record) {
		if bytes.Count(lines.Bytes(), []byte("\n")) < 100 {
			fmt.Fprintf(&lines, "level=INFO msg=%q sluice_id=%s\n", r.Message, r.ID)
		}
	})
	if err := errors.Join(err, q.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, lines.Bytes(), 0o640); err != nil {
		t.Fatal(err)
	}

	s := startServe(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--file", file)
	sendTo(t, "tcp", s.addr["tcp"], frame(t))
	until(t, "the file has all", func() bool { return bytes.Count(read(t, file), []byte("\n")) >= records+1 })
	status, last := s.stop(t, os.Interrupt)
	if status != exitOK || strings.Contains(last, "not written") {
		t.Errorf("status %d, %q: %s", status, last, s.stderr.String())
	}
	got := regexp.MustCompile(`waited (\d+)`).FindAllStringSubmatch(string(read(t, file)), -1)
	for i, m := range got {
		if m[1] != fmt.Sprint(i) {
			t.Fatalf("line %d is record %s", i, m[1])
		}
	}
	if len(got) != records {
		t.Errorf("%d lines, want %d", len(got), records)
	}
	if ids := regexp.MustCompile(` sluice_id=[0-9a-f]{16}-\d+\n`).FindAll(read(t, file), -1); len(ids) != records+1 {
		t.Errorf("%d lines have an ID, want all", len(ids))
	}
	if info, err := os.Stat(queueDir); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("the spool: %v, %v", info, err)
	}
}

// TestServeSpoolInUse: two programs must not share a spool, and the second one says
// which it is.
func TestServeSpoolInUse(t *testing.T) {
	dir := t.TempDir()
	queueDir := filepath.Join(dir, "spool")
	q, err := spool.Open(queueDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	var stdout, stderr bytes.Buffer
	args := []string{"serve", "--tcp", "127.0.0.1:0", "--udp", "off", "--file", filepath.Join(dir, "x.log"), "--queue-dir", queueDir}
	status := run(args, world{t.Context(), strings.NewReader(""), &stdout, &stderr})
	if status != exitFailure || !strings.Contains(stderr.String(), queueDir) || !strings.Contains(stderr.String(), "in use by another program; --queue-dir names another directory") {
		t.Errorf("status %d, %q", status, stderr.String())
	}
}
