package conformance

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/sluicelog/sluice/pyval"
)

// typedValue is a Python value in the typed JSON of README-network.md.
type typedValue struct{ v any }

func (p *typedValue) UnmarshalJSON(data []byte) error {
	var tree any
	err := json.Unmarshal(data, &tree)
	if err == nil {
		p.v, err = typedOf(tree)
	}
	return err
}

// dict gives the value as a dict, which every record is.
func (p *typedValue) dict() *pyval.Dict { return p.v.(*pyval.Dict) }

func typedOf(tree any) (any, error) {
	switch x := tree.(type) {
	case []any:
		items, err := typedItems(x)
		return &pyval.List{Items: items}, err
	case map[string]any:
		return typedObject(x)
	}
	return tree, nil
}

func typedItems(trees []any) ([]any, error) {
	var items []any
	for _, tree := range trees {
		v, err := typedOf(tree)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return items, nil
}

func typedObject(x map[string]any) (any, error) {
	if bits, ok := x["bits"].(string); ok {
		raw, err := hex.DecodeString(bits)
		if err != nil || len(raw) != 8 {
			return nil, fmt.Errorf("no float: %v", x)
		}
		return math.Float64frombits(new(big.Int).SetBytes(raw).Uint64()), nil
	}
	for kind, v := range x {
		switch v := v.(type) {
		case string:
			return typedScalar(kind, v)
		case []any:
			items, err := typedItems(v)
			if err != nil {
				return nil, err
			}
			switch kind {
			case "tuple":
				return pyval.Tuple(items), nil
			case "dict":
				return typedDict(items)
			case "set", "frozenset":
				return typedSet(items, kind == "frozenset")
			case "complex":
				return typedComplex(items)
			}
		}
	}
	return nil, fmt.Errorf("unknown value %v", x)
}

func typedScalar(kind, text string) (any, error) {
	switch kind {
	case "int":
		z, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("no int: %q", text)
		}
		return pyval.Int(z), nil
	case "opaque", "opaque_global":
		return pyval.Opaque{Name: text, Global: kind == "opaque_global"}, nil
	case "bytes", "bytearray", "str_surrogatepass_b64":
		raw, err := base64.StdEncoding.DecodeString(text)
		switch kind {
		case "bytes":
			return pyval.Bytes(raw), err
		case "bytearray":
			return &pyval.ByteArray{Data: raw}, err
		}
		return string(raw), err
	}
	return nil, fmt.Errorf("unknown kind %q", kind)
}

func typedSet(items []any, frozen bool) (any, error) {
	s := &pyval.Set{Frozen: frozen}
	for _, item := range items {
		if err := s.Add(item); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func typedComplex(parts []any) (any, error) {
	var c [2]float64
	for i := range c {
		text, ok := parts[i].(string)
		if !ok {
			return nil, fmt.Errorf("no complex number: %v", parts)
		}
		var err error
		if c[i], err = strconv.ParseFloat(text, 64); err != nil {
			return nil, err
		}
	}
	return complex(c[0], c[1]), nil
}

func typedDict(pairs []any) (any, error) {
	d := &pyval.Dict{}
	for _, p := range pairs {
		pair, ok := p.(*pyval.List)
		if !ok || len(pair.Items) != 2 {
			return nil, fmt.Errorf("no pair: %v", p)
		}
		if err := d.Set(pair.Items[0], pair.Items[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}
