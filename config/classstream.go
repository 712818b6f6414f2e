package config

import (
	"io"
	"os"

	"github.com/sluicelog/sluice"
)

func streamHandler(b *Builder) (Open, error) {
	var a struct {
		Stream     StreamRef `json:"stream"`
		Terminator *string   `json:"terminator" config:"attr"`
	}
	err := b.Decode(&a)
	b.Attr("terminator", valueOr(a.Terminator, "\n"))
	return b.stream(a.Stream, a.Terminator), err
}

// stream opens a Stream to a stream that is there already, sys.stderr by default.
func (b *Builder) stream(to StreamRef, terminator *string) Open {
	if to.Name == "" {
		to = StreamRef{"sys.stderr", b.known.streams["sys.stderr"]}
	}
	b.info.Stream = to.Name
	return func() (sluice.Emitter, func() sluice.Stats, error) {
		s := sluice.NewStream(to.Writer, b.Formatter())
		s.SetTerminator(valueOr(terminator, "\n"))
		return s, nil, nil
	}
}

func nullHandler(b *Builder) (Open, error) {
	var a struct{}
	err := b.Decode(&a)
	return func() (sluice.Emitter, func() sluice.Stats, error) { return &sluice.Null{}, nil, nil }, err
}

// consoleHandler is a StreamHandler for people.
func consoleHandler(b *Builder) (Open, error) {
	var a struct {
		Stream     StreamRef `json:"stream"`
		Color      string    `json:"color"`
		AddSource  bool      `json:"add_source"`
		MultiLine  *bool     `json:"multi_line"`
		Terminator *string   `json:"terminator" config:"attr"`
	}
	before, err := b.told(), b.Decode(&a)
	open := b.stream(a.Stream, a.Terminator)
	o := &sluice.ConsoleOptions{AddSource: a.AddSource, MultiLine: valueOr(a.MultiLine, true)}
	switch a.Color {
	case "", "auto":
		to := a.Stream.Writer
		if to == nil {
			to = b.known.streams["sys.stderr"]
		}
		o.Color = isTerminal(to) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	case "always":
		o.Color = true
	case "never":
	default:
		b.want(b.node.get("color"), join(b.path, "color"), "auto, always or never")
	}
	b.fallback = sluice.NewConsole(o)
	return open, b.ready(before, err)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
