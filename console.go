package sluice

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ConsoleOptions are the options of NewConsole.
type ConsoleOptions struct {
	// Color uses the colours of ANSI terminals. It is the caller who knows whether
	// there is a terminal, and whether NO_COLOR is set.
	Color bool
	// AddSource adds file:line.
	AddSource bool
}

// Console is a Formatter for people at a terminal: the time of day (local),
// level, logger and message in columns, then the attributes as Logfmt's. Text of
// several lines, errors and stacks stand below, indented, so that a line that
// begins at the margin is always a record's first. What could move the cursor or
// change the terminal is escaped.
type Console struct {
	color  bool
	stamp  clockCache
	places *placeCache
}

// NewConsole returns a Console. o may be nil.
func NewConsole(o *ConsoleOptions) *Console {
	f := &Console{}
	if o != nil {
		f.color = o.Color
		if o.AddSource {
			f.places = &placeCache{}
		}
	}
	return f
}

const (
	styleReset = "\x1b[0m"
	styleDim   = "\x1b[2m"
	styleBold  = "\x1b[1m"
	styleName  = "\x1b[36m"

	messageColumn = 36 // attributes begin behind it where the message is shorter
	indent        = "    "
)

func levelStyle(l Level) string {
	switch {
	case l < Info:
		return "\x1b[34m"
	case l < Warning:
		return "\x1b[32m"
	case l < Error:
		return "\x1b[33m"
	case l < Critical:
		return "\x1b[31m"
	}
	return "\x1b[1;37;41m"
}

// AppendRecord appends the record's lines; it never fails.
func (f *Console) AppendRecord(dst []byte, r *Record) ([]byte, error) {
	if !r.Time.IsZero() {
		dst = f.on(dst, styleDim)
		dst = f.stamp.append(dst, r.Time)
		dst = append(f.off(dst), ' ')
	}
	level := r.LevelText()
	dst = f.on(dst, levelStyle(r.Level))
	dst = appendPlain(dst, level)
	dst = f.off(dst)
	dst = pad(dst, level, len("CRITICAL")+1)
	if r.Name != "" {
		dst = f.on(dst, styleName)
		dst = appendPlain(dst, r.Name)
		dst = append(f.off(dst), ": "...)
	}
	first, rest, _ := strings.Cut(r.Message, "\n")
	if r.Level >= Error {
		dst = f.on(dst, styleBold)
	}
	start := len(dst)
	dst = appendPlain(dst, first)
	shown := utf8.RuneCount(dst[start:])
	if r.Level >= Error {
		dst = f.off(dst)
	}

	var below []byte // what takes more than a line
	mark := len(dst)
	if r.Scope != nil {
		prefix := ""
		for i := range r.Scope.Levels() {
			group, attrs := r.Scope.Level(i)
			if i > 0 {
				prefix += group + "."
			}
			for j := range attrs {
				dst, below = f.attr(dst, below, prefix, &attrs[j], 0)
			}
		}
	}
	prefix := r.Scope.Prefix()
	for i := range r.Attrs {
		dst, below = f.attr(dst, below, prefix, &r.Attrs[i], 0)
	}
	if f.places != nil {
		dst = f.on(dst, styleDim)
		dst = append(dst, f.places.text(r, appendConsoleSource)...)
		dst = f.off(dst)
	}
	if gap := messageColumn - shown; len(dst) > mark && gap > 0 {
		dst = append(dst, strings.Repeat(" ", gap)...)
		copy(dst[mark+gap:], dst[mark:])
		for i := range gap {
			dst[mark+i] = ' '
		}
	}
	dst = f.block(dst, "", rest)
	dst = append(dst, below...)
	dst = f.block(dst, "", r.ExcText)
	return f.block(dst, "", r.StackInfo), nil
}

func (f *Console) on(dst []byte, style string) []byte {
	if f.color {
		return append(dst, style...)
	}
	return dst
}

func (f *Console) off(dst []byte) []byte { return f.on(dst, styleReset) }

// pad appends spaces behind text, to n columns.
func pad(dst []byte, text string, n int) []byte {
	for i := utf8.RuneCountInString(text); i < n; i++ {
		dst = append(dst, ' ')
	}
	return dst
}

// attr appends an attribute to the line, or to what stands below it.
func (f *Console) attr(dst, below []byte, prefix string, a *slog.Attr, depth int) (line, under []byte) {
	if a.Value.Kind() == slog.KindGroup {
		if depth > maxAttrDepth {
			return dst, below
		}
		if a.Key != "" {
			prefix += a.Key + "."
		}
		group := a.Value.Group()
		for i := range group {
			dst, below = f.attr(dst, below, prefix, &group[i], depth+1)
		}
		return dst, below
	}
	text, isText := "", true
	switch a.Value.Kind() {
	case slog.KindString:
		text = a.Value.String()
	case slog.KindAny:
		text = textOf(a.Value.Any())
	default:
		isText = false
	}
	if strings.Contains(text, "\n") {
		return dst, f.block(below, prefix+a.Key, text)
	}
	dst = append(dst, ' ')
	dst = f.on(dst, styleDim)
	dst = appendWord(dst, prefix+a.Key)
	dst = f.off(append(dst, '='))
	if isText {
		return appendWord(dst, text), below
	}
	return appendLogfmtValue(dst, a.Value.Kind(), a.Value), below
}

// block appends the lines of text, each indented, under a heading if there is one.
func (f *Console) block(dst []byte, heading, text string) []byte {
	if text == "" {
		return dst
	}
	in := indent
	if heading != "" {
		dst = append(append(dst, '\n'), in...)
		dst = f.on(dst, styleDim)
		dst = appendPlain(dst, heading)
		dst = f.off(append(dst, '='))
		in += indent
	}
	for line := range strings.Lines(text) {
		dst = append(append(dst, '\n'), in...)
		// A tab is how tracebacks and Go's stacks are laid out.
		dst = appendPlain(dst, strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", indent))
	}
	return dst
}

func appendConsoleSource(dst []byte, s slog.Source) []byte {
	if s.File == "" {
		return dst
	}
	dst = append(dst, ' ')
	dst = appendPlain(dst, s.File)
	dst = append(dst, ':')
	return strconv.AppendInt(dst, int64(s.Line), 10)
}
