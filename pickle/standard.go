package pickle

import "strings"

// isStandard tells whether a top-level module is Python's own: of 2.7 up to 3.14.
func isStandard(module string) bool {
	switch module {
	case "BaseHTTPServer", "Bastion", "CGIHTTPServer", "ConfigParser", "Cookie", "DocXMLRPCServer", "HTMLParser", "MimeWriter", "Queue",
		"ScrolledText", "SimpleHTTPServer", "SimpleXMLRPCServer", "SocketServer", "StringIO", "Tkinter", "UserDict", "UserList",
		"UserString", "__builtin__", "__future__", "_abc", "_aix_support", "_android_support", "_apple_support", "_ast", "_asyncio",
		"_bisect", "_blake2", "_bootsubprocess", "_bz2", "_codecs", "_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp",
		"_codecs_kr", "_codecs_tw", "_collections", "_collections_abc", "_colorize", "_compat_pickle", "_compression", "_contextvars",
		"_crypt", "_csv", "_ctypes", "_curses", "_curses_panel", "_datetime", "_dbm", "_decimal", "_dummy_thread", "_elementtree",
		"_frozen_importlib", "_frozen_importlib_external", "_functools", "_gdbm", "_hashlib", "_heapq", "_imp", "_interpchannels",
		"_interpqueues", "_interpreters", "_io", "_ios_support", "_json", "_locale", "_lsprof", "_lzma", "_markupbase", "_md5", "_msi",
		"_multibytecodec", "_multiprocessing", "_opcode", "_operator", "_osx_support", "_overlapped", "_pickle", "_posixshmem",
		"_posixsubprocess", "_py_abc", "_pydecimal", "_pyio", "_pyrepl", "_queue", "_random", "_scproxy", "_sha1", "_sha2", "_sha256",
		"_sha3", "_sha512", "_signal", "_sitebuiltins", "_socket", "_sqlite3", "_sre", "_ssl", "_stat", "_statistics", "_string",
		"_strptime", "_struct", "_symtable", "_sysconfig", "_testcapi", "_thread", "_threading_local", "_tkinter", "_tokenize",
		"_tracemalloc", "_typing", "_uuid", "_warnings", "_weakref", "_weakrefset", "_winapi", "_winreg", "_zoneinfo", "abc", "aifc",
		"annotationlib", "antigravity", "anydbm", "argparse", "array", "ast", "asynchat", "asyncio", "asyncore", "atexit", "audioop",
		"base64", "bdb", "binascii", "binhex", "bisect", "bsddb", "builtins", "bz2", "cPickle", "cProfile", "cStringIO", "calendar",
		"cgi", "cgitb", "chunk", "cmath", "cmd", "code", "codecs", "codeop", "collections", "colorsys", "commands", "compileall",
		"compiler", "compression", "concurrent", "configparser", "contextlib", "contextvars", "cookielib", "copy", "copy_reg", "copyreg",
		"crypt", "csv", "ctypes", "curses", "dataclasses", "datetime", "dbhash", "dbm", "decimal", "difflib", "dircache", "dis",
		"distutils", "dl", "doctest", "dumbdbm", "dummy_thread", "dummy_threading", "email", "encodings", "ensurepip", "enum", "errno",
		"exceptions", "faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch", "formatter", "fpformat", "fractions", "ftplib",
		"functools", "future_builtins", "gc", "gdbm", "genericpath", "getopt", "getpass", "gettext", "glob", "graphlib", "grp", "gzip",
		"hashlib", "heapq", "hmac", "hotshot", "html", "htmlentitydefs", "htmllib", "http", "httplib", "idlelib", "ihooks", "imaplib",
		"imghdr", "imp", "importlib", "imputil", "inspect", "io", "ipaddress", "itertools", "json", "keyword", "lib2to3", "linecache",
		"locale", "logging", "lzma", "macpath", "macurl2path", "mailbox", "mailcap", "markupbase", "marshal", "math", "md5", "mhlib",
		"mimetools", "mimetypes", "mimify", "mmap", "modulefinder", "msilib", "msvcrt", "multifile", "multiprocessing", "mutex", "netrc",
		"new", "nis", "nntplib", "nt", "ntpath", "nturl2path", "numbers", "opcode", "operator", "optparse", "os", "os2emxpath",
		"ossaudiodev", "parser", "pathlib", "pdb", "pickle", "pickletools", "pipes", "pkgutil", "platform", "plistlib", "popen2",
		"poplib", "posix", "posixfile", "posixpath", "pprint", "profile", "pstats", "pty", "pwd", "py_compile", "pyclbr", "pydoc",
		"pydoc_data", "pyexpat", "queue", "quopri", "random", "re", "readline", "repr", "reprlib", "resource", "rexec", "rfc822",
		"rlcompleter", "robotparser", "runpy", "sched", "secrets", "select", "selectors", "sets", "sgmllib", "sha", "shelve", "shlex",
		"shutil", "signal", "site", "sitecustomize", "smtpd", "smtplib", "sndhdr", "socket", "socketserver", "spwd", "sqlite3",
		"sre_compile", "sre_constants", "sre_parse", "ssl", "stat", "statistics", "statvfs", "string", "stringold", "stringprep", "strop",
		"struct", "subprocess", "sunau", "sunaudio", "symbol", "symtable", "sys", "sysconfig", "syslog", "tabnanny", "tarfile",
		"telnetlib", "tempfile", "termios", "test", "textwrap", "this", "thread", "threading", "time", "timeit", "tkFileDialog",
		"tkMessageBox", "tkinter", "toaiff", "token", "tokenize", "tomllib", "trace", "traceback", "tracemalloc", "tty", "turtle",
		"turtledemo", "types", "typing", "unicodedata", "unittest", "urllib", "urllib2", "urlparse", "user", "usercustomize", "uu",
		"uuid", "venv", "warnings", "wave", "weakref", "webbrowser", "whichdb", "winreg", "winsound", "wsgiref", "xdrlib", "xml",
		"xmlrpc", "xmlrpclib", "zipapp", "zipfile", "zipimport", "zlib", "zoneinfo":
		return true
	}
	return false
}

// isData tells whether calling the standard library's name, in Python 3's
// spelling, makes a value and does nothing else. Exceptions are values.
func isData(name string) bool {
	switch name {
	case "builtins.object", "builtins.range", "builtins.slice", "builtins.BaseException", "builtins.ExceptionGroup",
		"builtins.BaseExceptionGroup", "builtins.StopIteration", "builtins.StopAsyncIteration", "builtins.GeneratorExit",
		"builtins.KeyboardInterrupt", "builtins.SystemExit", "array.array", "array._array_reconstructor", "argparse.Namespace",
		"collections.ChainMap", "collections.Counter", "collections.OrderedDict", "collections.UserDict", "collections.UserList",
		"collections.UserString", "collections.defaultdict", "collections.deque", "datetime.date", "datetime.datetime", "datetime.time",
		"datetime.timedelta", "datetime.timezone", "decimal.Decimal", "decimal.DecimalTuple", "fractions.Fraction", "http.HTTPMethod",
		"http.HTTPStatus", "http.cookies.Morsel", "http.cookies.SimpleCookie", "ipaddress.IPv4Address", "ipaddress.IPv4Interface",
		"ipaddress.IPv4Network", "ipaddress.IPv6Address", "ipaddress.IPv6Interface", "ipaddress.IPv6Network", "logging.LogRecord",
		"os.stat_result", "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
		"pathlib.WindowsPath", "pathlib._local.PosixPath", "pathlib._local.PurePosixPath", "pathlib._local.PureWindowsPath",
		"pathlib._local.WindowsPath", "re._compile", "signal.Signals", "socket.AddressFamily", "socket.SocketKind", "socket.gaierror",
		"socket.herror", "socket.timeout", "time.struct_time", "traceback.FrameSummary", "traceback.StackSummary",
		"traceback.TracebackException", "types.SimpleNamespace", "urllib.parse.ParseResult", "urllib.parse.SplitResult", "uuid.SafeUUID",
		"uuid.UUID", "zoneinfo.ZoneInfo._unpickle":
		return true
	}
	return strings.HasSuffix(name, "Error") || strings.HasSuffix(name, "Exception") || strings.HasSuffix(name, "Warning")
}
