package sluice

// field is one of Python's record attributes.
type field uint8

const (
	fieldAttr field = iota // none of them: an attribute
	fieldName
	fieldMsg
	fieldArgs
	fieldLevelName
	fieldLevelNo
	fieldPathname
	fieldFilename
	fieldModule
	fieldExcInfo
	fieldExcText
	fieldStackInfo
	fieldLineNo
	fieldFuncName
	fieldCreated
	fieldMsecs
	fieldRelativeCreated
	fieldThread
	fieldThreadName
	fieldProcessName
	fieldProcess
	fieldTaskName
	fieldMessage
	fieldAsctime
	fieldNone // not even an attribute
)

// fieldKeys are the names of the fields, in Python's order.
var fieldKeys = [...]string{
	fieldName:            "name",
	fieldMsg:             "msg",
	fieldArgs:            "args",
	fieldLevelName:       "levelname",
	fieldLevelNo:         "levelno",
	fieldPathname:        "pathname",
	fieldFilename:        "filename",
	fieldModule:          "module",
	fieldExcInfo:         "exc_info",
	fieldExcText:         "exc_text",
	fieldStackInfo:       "stack_info",
	fieldLineNo:          "lineno",
	fieldFuncName:        "funcName",
	fieldCreated:         "created",
	fieldMsecs:           "msecs",
	fieldRelativeCreated: "relativeCreated",
	fieldThread:          "thread",
	fieldThreadName:      "threadName",
	fieldProcessName:     "processName",
	fieldProcess:         "process",
	fieldTaskName:        "taskName",
	fieldMessage:         "message",
	fieldAsctime:         "asctime",
}

func (f field) key() string { return fieldKeys[f] }

func fieldOf(key string) field {
	for f := fieldName; f <= fieldAsctime; f++ {
		if f.key() == key {
			return f
		}
	}
	return fieldAttr
}
