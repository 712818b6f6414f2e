package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlParser makes nodes of YAML.
type yamlParser struct {
	p      *problems
	nodes  map[*yaml.Node]*node // nil while a node is being made
	merged int                  // entries that came by merge keys
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

func (p *problems) parseYAML(data []byte) *node {
	if bytes.IndexByte(data, 0) >= 0 {
		p.add(nil, "", nil, "no YAML: it holds NUL bytes")
		return nil
	}
	root, err := yamlDocument(data)
	if err != nil {
		at, message := (*node)(nil), strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			line, _ := strconv.Atoi(m[1])
			at, message = &node{place: place{line, 1}}, m[2]
			if indentedByTab(data, line) {
				message += "; the line is indented by a tab, and YAML takes spaces"
			}
		}
		p.add(at, "", nil, "no YAML: %s", message)
		return nil
	}
	y := &yamlParser{p: p, nodes: map[*yaml.Node]*node{}}
	n, err := y.make(root, 0)
	if err != nil {
		return nil // told already
	}
	return n
}

// indentedByTab says that there is a tab among what the line begins with.
func indentedByTab(data []byte, line int) bool {
	lines := bytes.SplitN(data, []byte("\n"), line+1)
	if line < 1 || line > len(lines) {
		return false
	}
	text := lines[line-1]
	return bytes.IndexByte(text[:len(text)-len(bytes.TrimLeft(text, " \t"))], '\t') >= 0
}

// yamlDocument gives the only document of data. The library has panicked on input
// before.
func yamlDocument(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%v", e)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1, Column: 1}, nil
	case err != nil:
		return nil, err
	}
	switch err := d.Decode(&more); {
	case err == nil:
		return nil, fmt.Errorf("line %d: a second document begins", more.Line)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return doc.Content[0], nil
}

var errTold = errors.New("told")

func (y *yamlParser) fail(n *yaml.Node, format string, args ...any) error {
	y.p.add(&node{place: place{n.Line, n.Column}}, "", nil, format, args...)
	return errTold
}

// make makes the node of n. An alias is the node of its anchor, not a copy.
func (y *yamlParser) make(n *yaml.Node, depth int) (*node, error) {
	if n.Kind == yaml.AliasNode {
		made, known := y.nodes[n.Alias]
		if known && made == nil {
			return nil, y.fail(n, "anchor %s holds itself", shorten(n.Value))
		}
		if made != nil {
			return made, nil
		}
		n = n.Alias
	}
	if depth > maxDepth {
		return nil, y.fail(n, "nested more than %d deep", maxDepth)
	}
	y.nodes[n] = nil
	made := &node{place: place{n.Line, n.Column}}
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		err = y.dict(made, n, depth)
	case yaml.SequenceNode:
		made.kind = list
		if tag := n.ShortTag(); tag != "!!seq" && tag != "!!python/tuple" {
			err = y.fail(n, "unknown tag %s", shorten(tag))
		}
		for _, item := range n.Content {
			if err != nil {
				break
			}
			var v *node
			v, err = y.make(item, depth+1)
			made.items = append(made.items, v)
		}
	default:
		err = y.scalar(made, n)
	}
	if err != nil {
		return nil, err
	}
	y.nodes[n] = made
	return made, nil
}

func (y *yamlParser) dict(made *node, n *yaml.Node, depth int) error {
	made.kind = dict
	if tag := n.ShortTag(); tag != "!!map" {
		return y.fail(n, "unknown tag %s", shorten(tag))
	}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.ShortTag() == "!!merge" {
			merges = append(merges, v)
			continue
		}
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			return y.fail(n.Content[i], "a key is a text")
		}
		value, err := y.make(v, depth+1)
		if err != nil {
			return err
		}
		at := place{n.Content[i].Line, n.Content[i].Column}
		if made.set(k.Value, at, value) {
			y.p.warn(at, k.Value, "the key stands here twice; the last one counts")
		}
	}
	for _, m := range merges {
		if err := y.merge(made, m, depth); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the entries of v, or of the mappings in it, that made has not.
func (y *yamlParser) merge(made *node, v *yaml.Node, depth int) error {
	from, err := y.make(v, depth+1)
	if err != nil {
		return err
	}
	all := []*node{from}
	if from.kind == list {
		all = from.items
	}
	for _, m := range all {
		if m.kind != dict {
			return y.fail(v, "what is merged (<<) must be a mapping, or a list of such")
		}
		for _, e := range m.pairs {
			if y.merged++; y.merged > maxNodes {
				return y.fail(v, "more than %d entries are merged", maxNodes)
			}
			if made.get(e.key) == nil {
				made.set(e.key, e.at, e.value)
			}
		}
	}
	return nil
}

func (y *yamlParser) scalar(made *node, n *yaml.Node) error {
	made.kind, made.text = text, n.Value
	tag := n.ShortTag()
	if tag == "!!str" && n.Style == 0 {
		// YAML 1.1, which PyYAML reads, has more bools.
		switch n.Value {
		case "yes", "Yes", "YES", "on", "On", "ON":
			made.kind, made.text = boolean, "true"
		case "no", "No", "NO", "off", "Off", "OFF":
			made.kind, made.text = boolean, "false"
		}
		return nil
	}
	switch tag {
	case "!!str", "!!timestamp":
		return nil
	case "!!null":
		made.kind, made.text = null, ""
		return nil
	case "!!bool", "!!int", "!!float":
		var v any
		if err := n.Decode(&v); err != nil {
			return y.fail(n, "no %s", strings.TrimPrefix(tag, "!!"))
		}
		return y.number(made, n, v)
	}
	return y.fail(n, "unknown tag %s", shorten(tag))
}

func (y *yamlParser) number(made *node, n *yaml.Node, v any) error {
	switch v := v.(type) {
	case bool:
		made.kind, made.text = boolean, strconv.FormatBool(v)
	case int, int64, uint64:
		made.kind, made.text = integer, fmt.Sprint(v)
	case float64:
		made.kind, made.text = float, strconv.FormatFloat(v, 'g', -1, 64)
		if z, ok := new(big.Int).SetString(n.Value, 10); ok && n.ShortTag() == "!!int" {
			made.kind, made.text = integer, z.String() // beyond 64 bits
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return y.fail(n, "%s is no number to configure anything with", n.Value)
		}
	default:
		return y.fail(n, "no %s", strings.TrimPrefix(n.ShortTag(), "!!"))
	}
	return nil
}
