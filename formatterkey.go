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
)

func fieldOf(key string) field {
	switch key {
	case "name":
		return fieldName
	case "msg":
		return fieldMsg
	case "args":
		return fieldArgs
	case "levelname":
		return fieldLevelName
	case "levelno":
		return fieldLevelNo
	case "pathname":
		return fieldPathname
	case "filename":
		return fieldFilename
	case "module":
		return fieldModule
	case "exc_info":
		return fieldExcInfo
	case "exc_text":
		return fieldExcText
	case "stack_info":
		return fieldStackInfo
	case "lineno":
		return fieldLineNo
	case "funcName":
		return fieldFuncName
	case "created":
		return fieldCreated
	case "msecs":
		return fieldMsecs
	case "relativeCreated":
		return fieldRelativeCreated
	case "thread":
		return fieldThread
	case "threadName":
		return fieldThreadName
	case "processName":
		return fieldProcessName
	case "process":
		return fieldProcess
	case "taskName":
		return fieldTaskName
	case "message":
		return fieldMessage
	case "asctime":
		return fieldAsctime
	}
	return fieldAttr
}
