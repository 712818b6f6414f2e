package wire

import "github.com/sluicelog/sluice/pickle"

// attr is one of the attributes that Python itself gives to a LogRecord, in the
// order of its dictionary.
type attr uint8

const (
	attrName attr = iota
	attrMsg
	attrArgs
	attrLevelname
	attrLevelno
	attrPathname
	attrFilename
	attrModule
	attrExcInfo
	attrExcText
	attrStackInfo
	attrLineno
	attrFuncName
	attrCreated
	attrMsecs
	attrRelativeCreated
	attrThread
	attrThreadName
	attrProcessName
	attrProcess
	attrTaskName
	attrMessage // of a record that has been formatted, and not sent by SocketHandler
	attrAsctime // likewise, sent if the record has an exception

	numAttrs
	numCreated = attrMessage // a record has these from the start
)

// key gives Python's name of a, a string: as an interface, which for a constant
// costs no memory.
func (a attr) key() any {
	switch a {
	case attrName:
		return "name"
	case attrMsg:
		return "msg"
	case attrArgs:
		return "args"
	case attrLevelname:
		return "levelname"
	case attrLevelno:
		return "levelno"
	case attrPathname:
		return "pathname"
	case attrFilename:
		return "filename"
	case attrModule:
		return "module"
	case attrExcInfo:
		return "exc_info"
	case attrExcText:
		return "exc_text"
	case attrStackInfo:
		return "stack_info"
	case attrLineno:
		return "lineno"
	case attrFuncName:
		return "funcName"
	case attrCreated:
		return "created"
	case attrMsecs:
		return "msecs"
	case attrRelativeCreated:
		return "relativeCreated"
	case attrThread:
		return "thread"
	case attrThreadName:
		return "threadName"
	case attrProcessName:
		return "processName"
	case attrProcess:
		return "process"
	case attrTaskName:
		return "taskName"
	case attrMessage:
		return "message"
	case attrAsctime:
		return "asctime"
	}
	return ""
}

// attrOf gives the attribute of that name; numAttrs if Python has none.
func attrOf(name string) attr {
	switch name {
	case "name":
		return attrName
	case "msg":
		return attrMsg
	case "args":
		return attrArgs
	case "levelname":
		return attrLevelname
	case "levelno":
		return attrLevelno
	case "pathname":
		return attrPathname
	case "filename":
		return attrFilename
	case "module":
		return attrModule
	case "exc_info":
		return attrExcInfo
	case "exc_text":
		return attrExcText
	case "stack_info":
		return attrStackInfo
	case "lineno":
		return attrLineno
	case "funcName":
		return attrFuncName
	case "created":
		return attrCreated
	case "msecs":
		return attrMsecs
	case "relativeCreated":
		return attrRelativeCreated
	case "thread":
		return attrThread
	case "threadName":
		return attrThreadName
	case "processName":
		return attrProcessName
	case "process":
		return attrProcess
	case "taskName":
		return attrTaskName
	case "message":
		return attrMessage
	case "asctime":
		return attrAsctime
	}
	return numAttrs
}

// attrOfText is attrOf without making a string.
func attrOfText(name []byte) attr {
	const longest = len("relativeCreated")
	if len(name) > longest {
		return numAttrs
	}
	return attrOf(string(name))
}

// attrNames are the names of all, at their numbers. They are never changed.
var attrNames = func() *pickle.Names {
	names := make([]string, numAttrs)
	for a := range numAttrs {
		names[a], _ = a.key().(string)
	}
	return pickle.NewNames(names...)
}()
