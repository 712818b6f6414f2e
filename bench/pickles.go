package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sluicelog/sluice/pickle"
)

var (
	// pickledRecord is a record of 22 attributes as CPython's SocketHandler sends
	// it, without the length in front.
	//go:embed testdata/record.pickle
	pickledRecord []byte

	//go:embed testdata/loads.py
	loadsScript string
)

const noAllocs = -1 // a sample's allocations where nobody counted

// pickles compares the decoding of records that Python sent.
func pickles() suite {
	python, err := exec.LookPath("python3")
	note := fmt.Sprintf("A pickle of %d bytes: a record's 22 attributes by protocol 1.", len(pickledRecord))
	if err != nil {
		note += " There is no python3 here (Debian: python3) to compare with."
	}
	return suite{
		name:    "pickle",
		title:   "Pickled record to attributes",
		note:    note,
		base:    "CPython pickle.loads",
		columns: []column{{name: "one record", goroutines: 1}},
		contenders: []contender{
			{"CPython pickle.loads", func(column) trial {
				if python == "" {
					return nil
				}
				return pythonTrial(python)
			}},
			{"pickle.Decode", func(c column) trial {
				return decodeTrial(c, func() error {
					_, err := pickle.Decode(pickledRecord, pickle.Limits{})
					return err
				})
			}},
		},
	}
}

// decodeTrial measures decode, once it is seen to work.
func decodeTrial(c column, decode func() error) trial {
	return loop(c.goroutines, func() (subject, error) {
		return subject{op: func() { _ = decode() }}, decode()
	})
}

// pythonTrial lets CPython load the record.
func pythonTrial(python string) trial {
	return func(d time.Duration) (sample, error) {
		cmd := exec.Command(python, "-c", loadsScript, strconv.FormatFloat(d.Seconds(), 'f', -1, 64))
		cmd.Stdin = bytes.NewReader(pickledRecord)
		out, err := cmd.Output()
		if err != nil {
			return sample{}, fmt.Errorf("%s: %w", python, err)
		}
		ns, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		return sample{ns: ns, allocs: noAllocs}, err
	}
}
