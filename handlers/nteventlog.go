package handlers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sluicelog/sluice"
)

// EventType is how grave Windows shows an event to be.
type EventType uint16

// The types of events. (Python: win32evtlog's EVENTLOG_ERROR_TYPE and the others.)
const (
	EventError        EventType = 1
	EventWarning      EventType = 2
	EventInformation  EventType = 4
	EventAuditSuccess EventType = 8
	EventAuditFailure EventType = 16
)

// NTEventLogOptions are the options of NewNTEventLog. Of Options, a nil Formatter is
// sluice.Message, as the log has time and type of its own, and Terminator makes no
// difference.
type NTEventLogOptions struct {
	// DLLName is the file with the messages that events are shown by, in which
	// %SystemRoot% and its like are expanded. Empty is
	// %SystemRoot%\System32\EventCreate.exe, which every Windows has: its messages 1
	// to 1000 show the text as it is. (Python: dllname.)
	DLLName string `json:"dllname"`
	// LogType is the log to write to; empty is "Application". (Python: logtype.)
	LogType string `json:"logtype"`
	// TypeMap gives the types of levels; nil is Python's: Debug and Info are
	// information, Warning is a warning, Error and Critical are errors. A level that
	// is not in it is DefType. (Python: typemap.)
	TypeMap map[sluice.Level]EventType `json:"-"`
	// DefType is the type of other levels; 0 is EventError. (Python: deftype.)
	DefType EventType `json:"-"`
	// Type gives an event's type instead of TypeMap. (Python: getEventType.)
	Type func(r *sluice.Record) EventType `json:"-"`
	// Category gives an event's category; nil: 0. (Python: getEventCategory.)
	Category func(r *sluice.Record) uint16 `json:"-"`
	// MessageID gives the number of the message in DLLName; nil: 1. (Python:
	// getMessageID.)
	MessageID func(r *sluice.Record) uint32 `json:"-"`

	Options
}

// NewNTEventLog returns a handler that reports each record to the event log of
// Windows, under the source appname. It writes to the registry which file shows the
// source's events, where it is allowed to; a program that is not an administrator's
// can use a source that is there already. On other systems it gives
// errors.ErrUnsupported. o may be nil. (Python: NTEventLogHandler.)
//
// A text longer than what the log takes, 31839 characters, is cut.
func NewNTEventLog(appname string, o *NTEventLogOptions) (*sluice.Handler, error) {
	if o == nil {
		o = &NTEventLogOptions{}
	}
	e, err := newEventLog(appname, o)
	if err != nil {
		return nil, fmt.Errorf("NTEventLogHandler: %w", err)
	}
	return o.around(e), nil
}

func newEventLog(appname string, o *NTEventLogOptions) (*EventLog, error) {
	logtype, dllname := o.LogType, o.DLLName
	if logtype == "" {
		logtype = "Application"
	}
	if dllname == "" {
		dllname = `%SystemRoot%\System32\EventCreate.exe`
	}
	for _, name := range []struct{ what, text string }{{"appname", appname}, {"logtype", logtype}} {
		// Each is one key of the registry.
		if name.text == "" || len(name.text) > 255 || strings.ContainsAny(name.text, "\\\x00") {
			return nil, fmt.Errorf("%s %q", name.what, name.text)
		}
	}
	if strings.Contains(dllname, "\x00") {
		return nil, fmt.Errorf("dllname %q", dllname)
	}
	report, err := openEventLog(appname, logtype, dllname)
	if err != nil {
		return nil, err
	}
	return &EventLog{report: report, options: *o}, nil
}

// event is what is reported.
type event struct {
	kind     EventType
	category uint16
	id       uint32
	text     string
}

// EventLog is the Emitter of NewNTEventLog. It is safe for concurrent use.
type EventLog struct {
	report  func(event) error
	options NTEventLogOptions

	mu     sync.Mutex // guards what follows
	closed bool
	stats  sluice.Stats
}

// Emit reports r.
func (e *EventLog) Emit(_ context.Context, r *sluice.Record) error {
	e.mu.Lock()
	closed := e.closed
	e.mu.Unlock()
	if closed {
		return sluice.ErrClosed
	}
	reason, err := e.emit(r)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Accepted++
	if err == nil {
		e.stats.Delivered++
		return nil
	}
	if e.stats.Dropped == nil {
		e.stats.Dropped = map[string]uint64{}
	}
	e.stats.Dropped[reason]++
	return err
}

func (e *EventLog) emit(r *sluice.Record) (reason string, err error) {
	var f sluice.Formatter = sluice.Message{}
	if e.options.Formatter != nil {
		f = e.options.Formatter
	}
	text, err := f.AppendRecord(nil, r)
	if err != nil {
		return "not formatted", fmt.Errorf("format record: %w", err)
	}
	v := event{kind: e.kind(r), id: 1, text: eventText(string(text))}
	if e.options.Category != nil {
		v.category = e.options.Category(r)
	}
	if e.options.MessageID != nil {
		v.id = e.options.MessageID(r)
	}
	if err := e.report(v); err != nil {
		return "not reported", fmt.Errorf("report event: %w", err)
	}
	return "", nil
}

func (e *EventLog) kind(r *sluice.Record) EventType {
	if e.options.Type != nil {
		return e.options.Type(r)
	}
	if e.options.TypeMap != nil {
		if k, ok := e.options.TypeMap[r.Level]; ok {
			return k
		}
	} else {
		switch r.Level {
		case sluice.Debug, sluice.Info:
			return EventInformation
		case sluice.Warning:
			return EventWarning
		}
	}
	if e.options.DefType != 0 {
		return e.options.DefType
	}
	return EventError
}

// eventText is text as the log takes it: without a NUL, which would end it, and not
// longer than ReportEvent allows.
func eventText(text string) string {
	const most, mark = 31839, " [cut]"
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
	units, end := 0, 0
	for i, r := range text {
		if units += utf16.RuneLen(r); units > most {
			return text[:end] + mark
		}
		if units <= most-len(mark) {
			end = i + utf8.RuneLen(r)
		}
	}
	return text
}

// Flush does nothing: each event is reported at once.
func (e *EventLog) Flush(context.Context) error { return nil }

// Close leaves the registry as it is, as in Python.
func (e *EventLog) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

// Stats returns what became of the records so far.
func (e *EventLog) Stats() sluice.Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	st := e.stats
	st.Dropped = make(map[string]uint64, len(e.stats.Dropped))
	for reason, n := range e.stats.Dropped {
		st.Dropped[reason] = n
	}
	return st
}
