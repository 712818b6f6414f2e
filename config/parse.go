package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	maxSize  = 1 << 20 // bytes of a file
	maxDepth = 100
	maxNodes = 200_000 // that are visited; aliases make more of fewer
)

// parse makes nodes of data, which is JSON if name ends in .json or data can be
// nothing else, and YAML if not.
func (p *problems) parse(data []byte) *node {
	if len(data) > maxSize {
		p.add(nil, "", nil, "the file has more than %d bytes", maxSize)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if i := badUTF8(data); i >= 0 {
		p.add(&node{place: newLines(data).place(i)}, "", nil, "not UTF-8")
		return nil
	}
	switch strings.ToLower(filepath.Ext(p.file)) {
	case ".json":
		return p.parseJSON(data)
	case ".yaml", ".yml":
		return p.parseYAML(data)
	}
	if json.Valid(data) {
		return p.parseJSON(data)
	}
	return p.parseYAML(data)
}

// badUTF8 gives where data is no UTF-8; -1: nowhere.
func badUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// lines finds places in a text, from its beginning to its end.
type lines struct {
	data         []byte
	at           int
	line, column int
}

func newLines(data []byte) *lines { return &lines{data: data, line: 1, column: 1} }

// place gives the place of the byte at offset, which is not before the last one.
func (l *lines) place(offset int) place {
	for l.at < offset && l.at < len(l.data) {
		r, n := utf8.DecodeRune(l.data[l.at:])
		l.at += n
		if l.column++; r == '\n' {
			l.line, l.column = l.line+1, 1
		}
	}
	return place{l.line, l.column}
}

// jsonParser makes nodes of JSON.
type jsonParser struct {
	*json.Decoder
	data  []byte
	lines *lines
	p     *problems
	stack int
}

func (p *problems) parseJSON(data []byte) *node {
	j := &jsonParser{json.NewDecoder(bytes.NewReader(data)), data, newLines(data), p, 0}
	j.UseNumber()
	n, err := j.value()
	if err == nil {
		at := j.next()
		if _, err = j.Token(); errors.Is(err, io.EOF) {
			return n
		}
		if err == nil {
			p.add(&node{place: at}, "", nil, "something follows the configuration")
			return nil
		}
	}
	at := &node{place: j.next()}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		at.place, err = j.lines.place(len(data)), errors.New("the file ends too early")
	}
	p.add(at, "", nil, "no JSON: %v", err)
	return nil
}

// next gives the place of the next token.
func (j *jsonParser) next() place {
	i := int(j.InputOffset())
	for i < len(j.data) && strings.IndexByte(" \t\r\n,:", j.data[i]) >= 0 {
		i++
	}
	return j.lines.place(i)
}

func (j *jsonParser) value() (*node, error) {
	at := j.next()
	t, err := j.Token()
	if err != nil {
		return nil, err
	}
	return j.rest(t, at)
}

// rest makes the node that begins with t.
func (j *jsonParser) rest(t json.Token, at place) (*node, error) {
	n := &node{place: at}
	switch t := t.(type) {
	case bool:
		n.kind, n.text = boolean, fmt.Sprint(t)
	case string:
		n.kind, n.text = text, t
	case json.Number:
		n.kind, n.text = integer, t.String()
		if strings.ContainsAny(n.text, ".eE") {
			n.kind = float
		}
	case json.Delim:
		if j.stack++; j.stack > maxDepth {
			return nil, fmt.Errorf("nested more than %d deep", maxDepth)
		}
		defer func() { j.stack-- }()
		if t == '[' {
			return n, j.list(n)
		}
		return n, j.dict(n)
	}
	return n, nil
}

func (j *jsonParser) list(n *node) error {
	n.kind = list
	for j.More() {
		item, err := j.value()
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := j.Token()
	return err
}

func (j *jsonParser) dict(n *node) error {
	n.kind = dict
	for j.More() {
		at := j.next()
		t, err := j.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("key %v is no text", t)
		}
		v, err := j.value()
		if err != nil {
			return err
		}
		if n.set(key, at, v) {
			j.p.warn(at, key, "the key stands here twice; the last one counts")
		}
	}
	_, err := j.Token()
	return err
}
