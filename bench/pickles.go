package main

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"

	ogorek "github.com/kisielk/og-rek"
	gopickle "github.com/nlpodyssey/gopickle/pickle"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/wire"
)

// pickledRecord is a record of 22 attributes as CPython's SocketHandler sends it,
// without the length in front.
//
//go:embed testdata/record.pickle
var pickledRecord []byte

const oneRecord = "one record"

// pickles compares the decoding of records that Python sent.
func pickles() suite {
	row := func(name string, decode func() error) contender {
		return contender{name, func(c column) (subject, error) {
			return operation(c.goroutines, func() { _ = decode() }), decode()
		}}
	}
	var r sluice.Record
	python, golang := cell{"CPython pickle.loads", oneRecord}, cell{"gopickle", oneRecord}
	return suite{
		name:  "pickle",
		title: "Pickled record to sluice.Record",
		note: fmt.Sprintf("A pickle of %d bytes: a record's 22 attributes by protocol 1, as CPython's SocketHandler sends it. "+
			"pickle.loads, gopickle and og-rek make a dict of it, which CPython's receiver has yet to make a LogRecord of. "+
			"It is left out where there is no python3 (Debian: python3).", len(pickledRecord)),
		base:    python.contender,
		columns: []column{{name: oneRecord, goroutines: 1}},
		contenders: []contender{
			{python.contender, func(column) (subject, error) { return openPython(loadsScript, hex.EncodeToString(pickledRecord)) }},
			row(golang.contender, func() error {
				_, err := gopickle.Loads(string(pickledRecord))
				return err
			}),
			row("og-rek", func() error {
				_, err := ogorek.NewDecoder(bytes.NewReader(pickledRecord)).Decode()
				return err
			}),
			row("pickle.Decode", func() error {
				_, err := pickle.Decode(pickledRecord, pickle.Limits{})
				return err
			}),
			row("wire.Pickle.ParseRecord", func() error {
				_, err := wire.Pickle{}.ParseRecord(pickledRecord)
				return err
			}),
			row("wire.Pickle.ParseRecordInto", func() error {
				return wire.Pickle{}.ParseRecordInto(&r, pickledRecord)
			}),
		},
		goals: []goal{
			{cell{"wire.Pickle.ParseRecord", oneRecord}, python, 1.0 / 3},
			{cell{"wire.Pickle.ParseRecordInto", oneRecord}, python, 1.0 / 3},
			{cell{"wire.Pickle.ParseRecordInto", oneRecord}, golang, 0.1},
		},
	}
}
