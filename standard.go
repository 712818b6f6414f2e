package sluice

import (
	"log/slog"
	"os"
	"time"

	"github.com/sluicelog/sluice/pyval"
)

// AppendStandard appends to dst the attributes that Python gives to every
// LogRecord, in its order and with its values: name, msg, args, levelname,
// levelno, pathname, filename, module, exc_info, exc_text, stack_info, lineno,
// funcName, created, msecs, relativeCreated, thread, threadName, processName,
// process and taskName. NewFormatter shows the same.
//
// Of a record that was received they are what came; what did not come is left out.
// In a record of this process the message has its arguments merged, so that args
// is (); the one thread is MainThread, with the number of the process, which is
// MainProcess; relativeCreated counts from when the program was started; a place
// that is not known is called (unknown file) and (unknown function), as in Python.
func (r *Record) AppendStandard(dst []slog.Attr) []slog.Attr {
	s := standard{record: r, here: thisProcess}
	for f := fieldName; f <= fieldTaskName; f++ {
		key := f.key()
		if came, ok := r.Origin.residue(key); !ok {
			dst = append(dst, slog.Attr{Key: key, Value: s.said(f)})
		} else if _, absent := came.(Absent); !absent {
			dst = append(dst, slog.Attr{Key: key, Value: slog.AnyValue(came)})
		}
	}
	return dst
}

// Standard is what the fields of a record say of the attributes that Python gives to
// every LogRecord, all but args and exc_info; Origin.Residue is left out of it.
type Standard struct {
	Name, Msg, LevelName            string
	LevelNo                         int64
	Pathname, Filename, Module      string
	ExcText, StackInfo              string // empty: None
	LineNo                          int64
	FuncName                        string
	Created, Msecs, RelativeCreated float64
	Thread                          int64
	ThreadName, ProcessName         string
	Process                         int64
	TaskName                        string // empty: None
}

// Standard gives the values that AppendStandard appends for a record without
// Residue, for those who have no use for a list. Places are remembered in p, if it is
// not nil.
func (r *Record) Standard(p *Places) (s Standard) {
	v := standard{record: r, here: thisProcess}
	s.Name = v.name()
	s.Msg = r.Message
	s.LevelName, s.LevelNo = r.LevelText(), int64(r.Level)
	source := p.of(r)
	s.Pathname, s.Filename = source.File, pathBase(source.File)
	s.Module = pathStem(s.Filename)
	s.ExcText, s.StackInfo = r.ExcText, r.StackInfo
	s.LineNo, s.FuncName = int64(source.Line), source.Function
	s.Created, s.Msecs, s.RelativeCreated = r.StandardTimes()
	if o := r.Origin; o != nil {
		s.Thread, s.ThreadName = o.Thread, o.ThreadName
		s.Process, s.ProcessName = o.Process, o.ProcessName
		s.TaskName = o.TaskName
	} else {
		s.Thread, s.ThreadName = v.here.process, mainThread
		s.Process, s.ProcessName = v.here.process, mainProcess
	}
	return s
}

// StandardTimes gives Standard's Created, Msecs and RelativeCreated.
func (r *Record) StandardTimes() (created, msecs, relativeCreated float64) {
	v := standard{record: r, here: thisProcess}
	created, msecs = v.times()
	return created, msecs, v.relative()
}

// What Python calls the only ones that there are.
const (
	mainThread  = "MainThread"
	mainProcess = "MainProcess"
)

// loaded is what Python's start time of relativeCreated is: when the logging
// module was loaded.
var loaded = time.Now()

// thisProcess never changes.
var thisProcess = &here{process: int64(os.Getpid()), start: loaded}

// here is what all records of this process have in common.
type here struct {
	process int64
	start   time.Time
	sources *Places // nil: places are not kept
}

// standard is a record as Python's attributes say it.
type standard struct {
	record    *Record
	here      *here
	source    slog.Source
	hasSource bool
}

// residue gives what came under a standard name and is not what the fields say:
// Absent if nothing came.
func (o *Origin) residue(name string) (any, bool) {
	if o == nil {
		return nil, false
	}
	for i := range o.Residue {
		p := &o.Residue[i]
		if key, ok := p.Key.(string); ok && key == name {
			return p.Value, true
		}
	}
	return nil, false
}

// came gives what came under a standard name if anything did. That nothing came
// is for formatters no such thing: makeLogRecord gives a record all attributes.
func (o *Origin) came(name string) (any, bool) {
	v, ok := o.residue(name)
	if _, absent := v.(Absent); absent {
		return nil, false
	}
	return v, ok
}

// said gives an attribute as the record's fields say it.
func (v *standard) said(f field) slog.Value {
	r := v.record
	switch f {
	case fieldName:
		return slog.StringValue(v.name())
	case fieldMsg:
		return slog.StringValue(r.Message)
	case fieldLevelName:
		return slog.StringValue(r.LevelText())
	case fieldLevelNo:
		return slog.Int64Value(int64(r.Level))
	case fieldExcText:
		return textOrNone(r.ExcText)
	case fieldStackInfo:
		return textOrNone(r.StackInfo)
	case fieldPathname, fieldFilename, fieldModule, fieldLineNo, fieldFuncName:
		return v.place(f)
	case fieldCreated, fieldMsecs, fieldRelativeCreated:
		return v.time(f)
	}
	if r.Origin != nil {
		return r.Origin.said(f)
	}
	switch f {
	case fieldArgs:
		return slog.AnyValue(noArgs)
	case fieldProcess, fieldThread:
		return slog.Int64Value(v.here.process)
	case fieldProcessName:
		return slog.StringValue(mainProcess)
	case fieldThreadName:
		return slog.StringValue(mainThread)
	}
	return slog.Value{} // exc_info, taskName
}

func (v *standard) name() string {
	if v.record.Name == "" {
		return "root"
	}
	return v.record.Name
}

var noArgs = any(pyval.Tuple{})

// said gives an attribute of the sender. SocketHandler sends args as None.
func (o *Origin) said(f field) slog.Value {
	switch f {
	case fieldProcess:
		return slog.Int64Value(o.Process)
	case fieldProcessName:
		return slog.StringValue(o.ProcessName)
	case fieldThread:
		return slog.Int64Value(o.Thread)
	case fieldThreadName:
		return slog.StringValue(o.ThreadName)
	case fieldTaskName:
		return textOrNone(o.TaskName)
	}
	return slog.Value{}
}

func textOrNone(s string) slog.Value {
	if s == "" {
		return slog.Value{}
	}
	return slog.StringValue(s)
}
