package main

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"

	ogorek "github.com/kisielk/og-rek"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
	"github.com/sluicelog/sluice/wire"
)

//go:embed testdata/dumps.py
var dumpsScript string

// picklesOut compares the making of pickles.
func picklesOut() suite {
	const (
		ours   = "pickle.Append"
		record = "wire.Pickle.AppendRecord"
		here   = "wire.Pickle.AppendRecord, of this process"
	)
	python, ogRek := "CPython pickle.dumps", "og-rek"
	values := map[string]any{}
	for _, name := range [...]string{oneRecord, "map", "list", "nested"} {
		values[name] = generalValue(name)
	}
	general := func(c column) *pyval.Dict { return values[c.name].(*pyval.Dict) }
	s := suite{
		name:  "pickle-out",
		title: "Pickles made",
		note: fmt.Sprintf("By protocol 1. The record is that of the table above, %d bytes and 22 attributes; AppendRecord makes its pickle from a sluice.Record, "+
			"whose shape it knows, pickle.Append and the peers make it from a dict. The second AppendRecord has a record of this process instead: 21 of Python's attributes, two of its own, "+
			"and the place of the call as a PC. The map has 20 strs, ints, floats and bools, the list 100, and in nested there are 13 containers.", len(pickledRecord)),
		base:    python,
		columns: []column{{name: oneRecord, goroutines: 1}, {name: "map", goroutines: 1}, {name: "list", goroutines: 1}, {name: "nested", goroutines: 1}},
		contenders: []contender{
			{python, func(c column) (subject, error) {
				data, err := pickle.Append(nil, general(c))
				if err != nil {
					return subject{}, err
				}
				return openPython(dumpsScript, hex.EncodeToString(data))
			}},
			{ogRek, func(c column) (subject, error) {
				v := ogValue(general(c))
				var buf bytes.Buffer
				encode := func() error {
					buf.Reset()
					return ogorek.NewEncoderWithConfig(&buf, &ogorek.EncoderConfig{Protocol: 1}).Encode(v)
				}
				return operation(c.goroutines, func() { _ = encode() }), encode()
			}},
			{ours, func(c column) (subject, error) {
				v := general(c)
				var buf []byte
				encode := func() (err error) { buf, err = pickle.Append(buf[:0], v); return err }
				return operation(c.goroutines, func() { _ = encode() }), encode()
			}},
			{record, openAppend(func() (*sluice.Record, error) { return wire.Pickle{}.ParseRecord(pickledRecord) })},
			{here, openAppend(func() (*sluice.Record, error) { return ownRecord(), nil })},
		},
		goals: []goal{
			{cell{record, oneRecord}, cell{python, oneRecord}, 1.0 / 6},
			{cell{here, oneRecord}, cell{python, oneRecord}, 1.0 / 6},
			{cell{record, oneRecord}, cell{ogRek, oneRecord}, 1.0 / 15},
		},
	}
	for _, c := range s.columns[1:] {
		s.goals = append(s.goals, goal{cell{ours, c.name}, cell{ogRek, c.name}, 0.25})
	}
	return s
}

// openAppend opens a contender that has nothing but the one record.
func openAppend(make func() (*sluice.Record, error)) func(column) (subject, error) {
	return func(c column) (subject, error) {
		if c.name != oneRecord {
			return subject{}, errAbsent
		}
		r, err := make()
		if err != nil {
			return subject{}, err
		}
		p := wire.Pickle{Opcodes: new(wire.Opcodes)}
		var buf []byte
		encode := func() (err error) { buf, err = p.AppendRecord(buf[:0], r); return err }
		return operation(c.goroutines, func() { _ = encode() }), encode()
	}
}

// generalValue makes the value of a column.
func generalValue(column string) *pyval.Dict {
	d := new(pyval.Dict)
	add := func(key string, v any) { d.Pairs = append(d.Pairs, pyval.Pair{Key: key, Value: v}) }
	switch column {
	case oneRecord:
		v, err := pickle.Decode(pickledRecord, pickle.Limits{})
		if err != nil {
			panic(err) // it is part of the program
		}
		return v.(*pyval.Dict)
	case "map":
		for i := range int64(5) {
			add(fmt.Sprintf("text%d", i), fmt.Sprintf("value %d", i))
			add(fmt.Sprintf("number%d", i), i*1000)
			add(fmt.Sprintf("float%d", i), float64(i)/3)
			add(fmt.Sprintf("flag%d", i), i%2 == 0)
		}
	case "list":
		l := new(pyval.List)
		for i := range int64(25) {
			l.Items = append(l.Items, fmt.Sprintf("value %d", i), i*1000, float64(i)/3, i%2 == 0)
		}
		add("list", l)
	case "nested":
		rows := new(pyval.List)
		for i := range int64(10) {
			rows.Items = append(rows.Items, &pyval.Dict{Pairs: []pyval.Pair{
				{Key: "n", Value: i}, {Key: "at", Value: float64(i) / 2}, {Key: "why", Value: "because"}}})
		}
		add("user", &pyval.Dict{Pairs: []pyval.Pair{{Key: "name", Value: "alice"}, {Key: "id", Value: int64(123456)}}})
		add("rows", rows)
	}
	return d
}

// ogValue gives what og-rek takes for v.
func ogValue(v any) any {
	switch v := v.(type) {
	case nil:
		return ogorek.None{}
	case *pyval.Dict:
		m := make(map[string]any, len(v.Pairs))
		for _, p := range v.Pairs {
			m[p.Key.(string)] = ogValue(p.Value)
		}
		return m
	case *pyval.List:
		l := make([]any, len(v.Items))
		for i, x := range v.Items {
			l[i] = ogValue(x)
		}
		return l
	}
	return v
}
