package wire

import "strings"

// fileAndModule gives Python's filename and module of a pathname, by the rules of
// os.path on POSIX. LogRecord: the module is the file name without its extension,
// which leading dots do not begin.
func fileAndModule(pathname string) (file, module string) {
	file = pathname[strings.LastIndexByte(pathname, '/')+1:]
	module = file
	if dot := strings.LastIndexByte(file, '.'); dot > 0 && strings.Trim(file[:dot], ".") != "" {
		module = file[:dot]
	}
	return file, module
}
