package config

import (
	"crypto/sha256"
	"encoding/json"
	"reflect"

	"github.com/sluicelog/sluice"
)

// loading is one configuration on its way from text to a plan. It changes nothing
// outside of itself.
type loading struct {
	problems
	o      *Options
	known  *known
	levels *sluice.LevelNames
	root   *node
	budget int
	open   map[string]bool // paths of files that are open already

	externalNames []string
	fields        map[reflect.Type]map[string]field
	formatters    map[string]*formatterPlan
	filters       map[string]*filterPlan
	slots         map[string]*slot // by name: those that there will be
	plan          plan
}

// plan is what a configuration comes to.
type plan struct {
	incremental bool
	disable     bool // existing loggers
	handlers    []*handlerPlan
	loggers     map[string]*loggerPlan // the root is "root"
	order       []string               // of loggers, as in the file
}

type formatterPlan struct {
	f    sluice.Formatter
	info FormatterInfo
	at   place
	used bool
}

type filterPlan struct {
	f    sluice.Filter
	info FilterInfo
	at   place
	used bool
}

// handlerPlan is a handler.
type handlerPlan struct {
	*Builder
	open     Open
	print    fingerprint
	level    *sluice.Level // nil: not said
	format   *formatterPlan
	filters  []*filterPlan
	fallback sluice.Formatter // where format is nil
}

// loggerPlan is a logger; of the root, Propagate means nothing.
type loggerPlan struct {
	at        place
	level     *sluice.Level
	propagate *bool
	handlers  []string
	filters   []*filterPlan
}

// fingerprint tells whether an Emitter can stay when it is to be made again.
type fingerprint [sha256.Size]byte

func printOf(class string, args map[string]any, dot any) fingerprint {
	// Maps are encoded in the order of their keys.
	data, err := json.Marshal([]any{class, args, dot})
	if err != nil {
		return fingerprint{} // like no other
	}
	return sha256.Sum256(data)
}

func newLoading(file string, o *Options) *loading {
	if o == nil {
		o = &Options{}
	}
	l := &loading{
		problems: problems{file: file}, o: o, known: o.known(), levels: o.Levels, budget: maxNodes,
		formatters: map[string]*formatterPlan{}, filters: map[string]*filterPlan{}, slots: map[string]*slot{},
	}
	if l.levels == nil {
		l.levels = new(sluice.LevelNames)
	}
	l.plan.loggers = map[string]*loggerPlan{}
	return l
}

func (l *loading) isOpen(path string) bool { return l.open[path] }

// read makes the plan of data. slots are those that there are.
func (l *loading) read(data []byte, slots map[string]*slot) error {
	if l.root = l.parse(data); l.root == nil {
		return l.err()
	}
	budget := maxNodes
	l.hide(l.root, &budget, false)
	if l.root.kind != dict {
		l.add(l.root, "", nil, "the configuration is %s, and should be a mapping", l.root.kind)
		return l.err()
	}
	l.version()
	l.plan.incremental = l.at(l.root.get("incremental"), "incremental").truthy()
	disable := l.root.get("disable_existing_loggers")
	l.plan.disable = disable == nil || l.at(disable, "disable_existing_loggers").truthy()
	if l.plan.incremental {
		l.increments(slots)
		return l.err()
	}
	l.each("formatters", l.section("formatters"), l.formatter)
	l.each("filters", l.section("filters"), l.filter)
	l.readHandlers(slots)
	l.each("loggers", l.section("loggers"), l.logger)
	if root := l.at(l.root.get(rootName), rootName); root.truthy() {
		l.logger(rootName, root, rootName)
	}
	return l.err()
}

func (l *loading) version() {
	n := l.root.get("version")
	if n == nil {
		l.add(l.root, "version", nil, "the configuration does not say its version, which is 1")
		return
	}
	if n = l.at(n, "version"); n == nil {
		return
	}
	if n.integer() != "1" && !(n.kind == boolean && n.truthy()) { // Python: True == 1 == 1.0
		l.want(n, "version", "1, the only version that there is")
	}
}

// section gives the entries of a section, in the order of the file.
func (l *loading) section(name string) []pair {
	n := l.root.get(name)
	if n == nil {
		return nil
	}
	if n = l.at(n, name); n == nil {
		return nil
	}
	if n.kind != dict {
		l.want(n, name, "a mapping of names to "+name)
		return nil
	}
	return n.pairs
}

// each calls f for every entry of a section; n is nil where it is wrong.
func (l *loading) each(name string, section []pair, f func(name string, n *node, path string)) {
	for _, e := range section {
		path := join(name, e.key)
		v := l.at(e.value, path)
		if v != nil && !l.isDict(v, path) {
			v = nil
		}
		f(e.key, v, path)
	}
}

// increments reads levels alone.
func (l *loading) increments(slots map[string]*slot) {
	l.each("handlers", l.section("handlers"), func(name string, n *node, path string) {
		s, ok := slots[name]
		if !ok {
			l.add(l.placeOf("handlers", name), path, nil, "there is no handler %q%s", name, l.near(name, keysOf(slots)))
			return
		}
		h := &handlerPlan{Builder: &Builder{loading: l, name: name, slot: s}}
		// config.py: level 0 is skipped as if it were none.
		if v := l.at(n.get("level"), join(path, "level")); n != nil && v.truthy() {
			if level, ok := l.level(v, join(path, "level")); ok {
				h.level = &level
			}
		}
		l.plan.handlers = append(l.plan.handlers, h)
	})
	read := func(name string, n *node, path string) {
		if n == nil {
			return
		}
		p := l.loggerPlan(name, n.place)
		l.loggerLevel(p, n, path)
		if name != rootName {
			l.propagate(p, n, path)
		}
	}
	l.each("loggers", l.section("loggers"), read)
	if root := l.at(l.root.get(rootName), rootName); root.truthy() && l.isDict(root, rootName) {
		read(rootName, root, rootName)
	}
}

// placeOf gives a node with the place of a name in a section.
func (l *loading) placeOf(section, name string) *node {
	if n := l.root.get(section); n != nil {
		return n.keyOf(name)
	}
	return l.root
}

func (l *loading) isDict(n *node, path string) bool {
	if n.kind != dict {
		l.want(n, path, "a mapping")
	}
	return n.kind == dict
}
