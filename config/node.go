package config

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is the type of a node, as Python would see it.
type kind uint8

const (
	null kind = iota
	boolean
	integer
	float
	text
	list
	dict
)

func (k kind) String() string {
	return [...]string{"nothing", "a bool", "an integer", "a number", "a text", "a list", "a mapping"}[k]
}

// place is where a node stands in its file; both count from 1.
type place struct{ line, column int }

// node is a value of the configuration with its place. Nodes are shared where YAML
// has aliases, and never changed.
type node struct {
	place
	kind  kind
	text  string // of a scalar; of a bool true or false, of an integer its digits
	items []*node
	pairs []pair
	index map[string]int // of pairs
}

// pair is an entry of a mapping.
type pair struct {
	key   string
	at    place
	value *node
}

// set adds an entry; the last one of a key counts, as in Python. It reports whether
// there was one.
func (n *node) set(key string, at place, v *node) (again bool) {
	if n.index == nil {
		n.index = map[string]int{}
	}
	i, again := n.index[key]
	if again {
		n.pairs[i] = pair{key, at, v}
		return true
	}
	n.index[key] = len(n.pairs)
	n.pairs = append(n.pairs, pair{key, at, v})
	return false
}

// get gives the value of key; nil: there is none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	if i, ok := n.index[key]; ok {
		return n.pairs[i].value
	}
	return nil
}

// keyOf gives a node with the place of a key; n itself if it has none.
func (n *node) keyOf(key string) *node {
	if n != nil {
		if i, ok := n.index[key]; ok {
			return &node{place: n.pairs[i].at}
		}
	}
	return n
}

// keys gives the keys in the order of the file.
func (n *node) keys() []string {
	keys := make([]string, len(n.pairs))
	for i, p := range n.pairs {
		keys[i] = p.key
	}
	return keys
}

// truthy is Python's bool().
func (n *node) truthy() bool {
	switch {
	case n == nil:
		return false
	case n.kind == text:
		return n.text != ""
	case n.kind == boolean:
		return n.text == "true"
	case n.kind == integer:
		z, ok := new(big.Int).SetString(n.text, 10)
		return !ok || z.Sign() != 0
	case n.kind == float:
		f, err := strconv.ParseFloat(n.text, 64)
		return err != nil || f != 0
	case n.kind == list:
		return len(n.items) > 0
	case n.kind == dict:
		return len(n.pairs) > 0
	}
	return false
}

// value gives n as Python values (package pyval) that Go knows as well: a mapping is
// a map[string]any, a list a []any. budget bounds how many nodes are visited.
func (n *node) value(budget *int) any {
	if *budget--; *budget < 0 {
		return nil
	}
	switch n.kind {
	case boolean:
		return n.text == "true"
	case integer:
		if i, err := strconv.ParseInt(n.text, 10, 64); err == nil {
			return i
		}
		z, _ := new(big.Int).SetString(n.text, 10)
		return z
	case float:
		f, _ := strconv.ParseFloat(n.text, 64)
		return f
	case text:
		return n.text
	case list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.value(budget)
		}
		return items
	case dict:
		m := make(map[string]any, len(n.pairs))
		for _, p := range n.pairs {
			m[p.key] = p.value.value(budget)
		}
		return m
	}
	return nil
}

const shown = 60 // characters of a value in an error

// show gives n as an error shows it.
func (n *node) show() string {
	switch n.kind {
	case null:
		return "null"
	case text:
		return strconv.QuoteToGraphic(shorten(n.text))
	case list, dict:
		budget := 100
		data, err := json.Marshal(n.value(&budget))
		if err != nil {
			return n.kind.String()
		}
		return shorten(string(data))
	}
	return shorten(n.text)
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= shown {
		return s
	}
	var b strings.Builder
	for i, r := range []rune(s[:min(len(s), shown*utf8.UTFMax)]) {
		if i == shown {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "..."
}
