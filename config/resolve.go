package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const maxRefs = 32 // of cfg:// behind one another

// at gives n, or what it refers to by cfg:// or ext://. path is where n stands, for
// errors, after which it gives nil. (Python: convert of BaseConfigurator.)
func (l *loading) at(n *node, path string) *node {
	for range maxRefs {
		if n == nil || n.kind != text {
			return n
		}
		prefix, rest, ok := strings.Cut(n.text, "://")
		switch {
		case ok && prefix == "cfg":
			to, err := l.lookup(rest)
			if err != nil {
				l.add(n, path, nil, "%s: %v", n.show(), err)
				return nil
			}
			n = to
		case ok && prefix == "ext":
			v, ok := l.external(rest)
			if !ok {
				l.add(n, path, nil, "nothing is known as %s%s", strconv.Quote(shorten(rest)), l.near(rest, l.externals()))
				return nil
			}
			return &node{place: n.place, kind: v.kind, text: v.text}
		default:
			return n
		}
	}
	l.add(n, path, nil, "%s refers to itself", n.show())
	return nil
}

// config.py: WORD_PATTERN, DOT_PATTERN and INDEX_PATTERN.
var (
	cfgWord  = regexp.MustCompile(`^\s*([\pL\pN_]+)\s*`)
	cfgDot   = regexp.MustCompile(`^\.\s*([\pL\pN_]+)\s*`)
	cfgIndex = regexp.MustCompile(`^\[([^\[\]]*)\]\s*`)
	digits   = regexp.MustCompile(`^\d+$`)
)

// lookup follows a path of cfg:// from the top of the configuration.
func (l *loading) lookup(ref string) (*node, error) {
	m := cfgWord.FindStringSubmatch(ref)
	if m == nil {
		return nil, fmt.Errorf("no path begins with %q", shorten(ref))
	}
	n, err := l.entry(l.root, m[1])
	rest := ref[len(m[0]):]
	for err == nil && rest != "" {
		if m = cfgDot.FindStringSubmatch(rest); m != nil {
			n, err = l.entry(n, m[1])
		} else if m = cfgIndex.FindStringSubmatch(rest); m != nil {
			n, err = l.element(n, m[1])
		} else {
			return nil, fmt.Errorf("no path goes on with %q", shorten(rest))
		}
		rest = rest[len(m[0]):]
	}
	return n, err
}

func (l *loading) entry(n *node, key string) (*node, error) {
	if n.kind != dict {
		return nil, fmt.Errorf("%q of %s", shorten(key), n.kind)
	}
	if v := n.get(key); v != nil {
		return v, nil
	}
	return nil, fmt.Errorf("there is no %q%s", shorten(key), l.near(key, n.keys()))
}

func (l *loading) element(n *node, key string) (*node, error) {
	if n.kind != list {
		return l.entry(n, key)
	}
	if !digits.MatchString(key) {
		return nil, fmt.Errorf("a list has no %q", shorten(key))
	}
	if i, err := strconv.Atoi(key); err == nil && i < len(n.items) {
		return n.items[i], nil
	}
	return nil, fmt.Errorf("the list has %d elements, and no [%s]", len(n.items), shorten(key))
}

// constants are the values that Python's configurations refer to by ext://.
func constants() map[string]node {
	number := func(i int) node { return node{kind: integer, text: strconv.Itoa(i)} }
	all := map[string]node{
		"socket.SOCK_DGRAM":  {kind: text, text: "SOCK_DGRAM"},
		"socket.SOCK_STREAM": {kind: text, text: "SOCK_STREAM"},
		"time.gmtime":        {kind: text, text: "time.gmtime"},
		"time.localtime":     {kind: text, text: "time.localtime"},
	}
	for name, level := range builtinLevels() {
		all["logging."+name] = number(int(level))
	}
	for i, name := range facilities() {
		all["logging.handlers.SysLogHandler.LOG_"+name] = number(i)
	}
	for name, port := range map[string]int{
		"DEFAULT_TCP_LOGGING_PORT": 9020, "DEFAULT_UDP_LOGGING_PORT": 9021, "DEFAULT_HTTP_LOGGING_PORT": 9022,
		"DEFAULT_SOAP_LOGGING_PORT": 9023, "SYSLOG_UDP_PORT": 514, "SYSLOG_TCP_PORT": 514,
	} {
		all["logging.handlers."+name] = number(port)
	}
	return all
}

// facilities are the names of syslog's facilities, by their number.
func facilities() []string {
	return []string{
		"KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP", "NTP",
		"SECURITY", "CONSOLE", "SOLCRON", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7",
	}
}

// external gives what ext://name is: a constant, or the name itself where something
// is known by it.
func (l *loading) external(name string) (node, bool) {
	if c, ok := l.known.constants[name]; ok {
		return c, true
	}
	return node{kind: text, text: name}, slices.Contains(l.externals(), name)
}

// externals are all names that ext:// knows.
func (l *loading) externals() []string {
	if l.externalNames == nil {
		k := l.known
		for _, names := range [...][]string{
			slices.Collect(maps.Keys(k.constants)), slices.Collect(maps.Keys(k.classes)), slices.Collect(maps.Keys(k.formatters)),
			slices.Collect(maps.Keys(k.filters)), slices.Collect(maps.Keys(k.queues)), slices.Collect(maps.Keys(k.streams)),
			slices.Collect(maps.Keys(l.o.Namers)), slices.Collect(maps.Keys(l.o.Rotators)), {listenerClass},
		} {
			l.externalNames = append(l.externalNames, names...)
		}
	}
	return l.externalNames
}
