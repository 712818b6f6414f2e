package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/sluicelog/sluice/pyval"
)

// pythonValue is a value in the typed JSON of README-files.md.
type pythonValue struct{ v any }

func (p *pythonValue) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var err error
	if p.v, err = decodePython(dec); err != nil {
		return fmt.Errorf("typed value: %w", err)
	}
	return nil
}

// dict gives the value as a dict; null is an empty one.
func (p *pythonValue) dict() *pyval.Dict {
	if d, ok := p.v.(*pyval.Dict); ok {
		return d
	}
	return &pyval.Dict{}
}

func decodePython(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Number:
		return numberOf(string(t))
	case json.Delim:
		if t == '[' {
			items, err := decodeItems(dec)
			return &pyval.List{Items: items}, err
		}
		return decodeObject(dec)
	}
	return token, nil
}

func numberOf(s string) (any, error) {
	if strings.ContainsAny(s, ".eE") {
		return strconv.ParseFloat(s, 64)
	}
	z, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return nil, fmt.Errorf("no number: %q", s)
	}
	return pyval.Int(z), nil
}

func decodeItems(dec *json.Decoder) ([]any, error) {
	var items []any
	for dec.More() {
		v, err := decodePython(dec)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	_, err := dec.Token()
	return items, err
}

func decodeObject(dec *json.Decoder) (any, error) {
	d := &pyval.Dict{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := decodePython(dec)
		if err != nil {
			return nil, err
		}
		if err := d.Set(key, v); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil && err != io.EOF {
		return nil, err
	}
	if len(d.Pairs) != 1 {
		return d, nil
	}
	switch v := d.Pairs[0].Value; d.Pairs[0].Key {
	case "__float__":
		switch v {
		case "nan":
			return math.NaN(), nil
		case "inf":
			return math.Inf(1), nil
		}
		return math.Inf(-1), nil
	case "__tuple__":
		return pyval.Tuple(v.(*pyval.List).Items), nil
	case "__bytes__":
		raw, err := base64.StdEncoding.DecodeString(v.(string))
		return pyval.Bytes(raw), err
	}
	return d, nil
}
