package config

import "github.com/sluicelog/sluice"

// Tree is what a configuration comes to: its handlers, and the loggers, the root
// first, then by name.
type Tree struct {
	Handlers []HandlerInfo `json:"handlers"`
	Loggers  []LoggerInfo  `json:"loggers"`
}

// HandlerInfo describes a handler.
type HandlerInfo struct {
	Name      string         `json:"name"`
	Class     string         `json:"class"`
	Level     sluice.Level   `json:"level"`
	Formatter *FormatterInfo `json:"formatter"` // nil: none was named
	Filters   []FilterInfo   `json:"filters"`
	Attrs     map[string]any `json:"attrs"`            // by Python's names of attributes, defaults included
	Stream    string         `json:"stream,omitempty"` // sys.stderr
	Targets   []string       `json:"targets,omitempty"`
	Queue     *QueueInfo     `json:"queue,omitempty"`
	Listener  *ListenerInfo  `json:"listener,omitempty"`

	Line   int `json:"line"`
	Column int `json:"column"`
}

// FormatterInfo describes a formatter.
type FormatterInfo struct {
	Name     string         `json:"name"`
	Class    string         `json:"class"`
	Format   string         `json:"format,omitempty"`
	DateFmt  string         `json:"datefmt,omitempty"`
	Style    string         `json:"style,omitempty"`
	Defaults map[string]any `json:"defaults,omitempty"`
	Attrs    map[string]any `json:"attrs,omitempty"` // set under "."
}

// FilterInfo describes a filter.
type FilterInfo struct {
	Name  string `json:"name"`
	Class string `json:"class"`
	Under string `json:"under,omitempty"` // of logging.Filter: the logger below which it keeps records
}

// QueueInfo describes the queue of a QueueHandler.
type QueueInfo struct {
	Class string `json:"class"`
	Size  int    `json:"size"` // 0: its default, Python's maxsize

	Directory string `json:"directory,omitempty"` // of a spool
}

// ListenerInfo describes the QueueListener of a QueueHandler.
type ListenerInfo struct {
	Class               string   `json:"class"`
	Handlers            []string `json:"handlers"`
	RespectHandlerLevel bool     `json:"respect_handler_level"`
}

// LoggerInfo describes a logger.
type LoggerInfo struct {
	Name      string       `json:"name"` // of the root: root
	Level     sluice.Level `json:"level"`
	Propagate bool         `json:"propagate"`
	Disabled  bool         `json:"disabled"`
	Handlers  []string     `json:"handlers"` // a handler that came from elsewhere has no name: ""
	Filters   []FilterInfo `json:"filters"`

	Line   int `json:"line,omitempty"` // 0: the configuration does not name it
	Column int `json:"column,omitempty"`
}

// Handler gives the handler called name; nil: there is none.
func (t *Tree) Handler(name string) *HandlerInfo {
	for i := range t.Handlers {
		if t.Handlers[i].Name == name {
			return &t.Handlers[i]
		}
	}
	return nil
}

// Logger gives the logger called name; nil: there is none.
func (t *Tree) Logger(name string) *LoggerInfo {
	if name == "" {
		name = rootName
	}
	for i := range t.Loggers {
		if t.Loggers[i].Name == name {
			return &t.Loggers[i]
		}
	}
	return nil
}

const rootName = "root"
