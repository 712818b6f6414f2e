package pickle

import (
	"errors"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

func TestNamesStayInert(t *testing.T) {
	for _, tt := range []struct{ pickle, want string }{
		{"c__builtin__\nlong\n.", "builtins.int"},
		{"cexceptions\nValueError\n.", "builtins.ValueError"},
		{"cexceptions\nStandardError\n.", "builtins.Exception"},
		{"c__builtin__\nbasestring\n.", "builtins.str"},
		{"ccopy_reg\n_reconstructor\n(cUserDict\nIterableUserDict\nc__builtin__\nobject\nNtR.", "collections.UserDict instance"},
		{"cUserList\nUserList\n)\x81.", "collections.UserList instance"},
		{"ccopy_reg\n_reconstructor\n(curlparse\nParseResult\nc__builtin__\ntuple\n)tR.", "urllib.parse.ParseResult instance"},
		{"cCookie\nMorsel\n)\x81.", "http.cookies.Morsel instance"},
		{"cbuiltins\nEllipsis\n.", "builtins.ellipsis instance"},
		{"cbuiltins\ntype\n(Ntd.", ""},
		{"cbuiltins\ntype\n(NtR.", "builtins.NoneType"},
		{"ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR.", "m.C instance"},
		{"cdecimal\nDecimal\n(V1\ntR.", "decimal.Decimal instance"},
		{"ccollections\nOrderedDict\n)RK\x01]s.", "collections.OrderedDict instance"},
		{"ccollections\ndeque\n)R(K\x01e.", "collections.deque instance"},
		{"cbuiltins\nKeyError\n(Vk\ntR.", "builtins.KeyError instance"},
		{"cm\nC\n)\x81(]u.", ""},
		{"cm\nC\n}b.", ""},
		{"cm\nC\n(K\x01e.", ""},
		{"cm\nC\n}R.", ""},
		{"c\n\n.", ""},
		{"cm \nC\n.", ""},
		{"cm\nC\r\n.", ""},
		{"c.m\nC\n.", ""},
		{"cm\nC.\n.", ""},
		{"cm\n1C\n.", ""},
		{"c\xff\nC\n.", ""},
		{"cm\nC\n)\x81)\x81.", ""},
	} {
		v, err := Decode([]byte(tt.pickle), Limits{})
		switch {
		case tt.want == "" && err == nil:
			t.Errorf("%q: got %s, want an error", tt.pickle, show(v))
		case tt.want != "" && (err != nil || show(v) != tt.want):
			t.Errorf("%q: got %s, %v; want %s", tt.pickle, show(v), err, tt.want)
		}
	}
}

func TestCallsOfTheStandardLibraryAreRefused(t *testing.T) {
	for _, name := range []string{"os\nsystem", "posix\nsystem", "nt\nsystem", "builtins\neval", "__builtin__\nexec", "subprocess\nPopen", "socket\nsocket",
		"commands\ngetoutput", "multiprocessing.process\nProcess", "builtins\ngetattr", "builtins\nlist", "functools\npartial", "urllib2\nurlopen", "logging\nFileHandler",
		"datetime\nsys.exit", "operator\nattrgetter", "_io\nopen", "pathlib\nPath.unlink"} {
		for _, call := range []string{"(Vx\nc" + name + "\n(Vx\ntR.", "(c" + name + "\nVx\no.", "(Vx\ni" + name + "\n.", "c" + name + "\n)\x81.", "c" + name + "\n)}\x92.",
			"ccopyreg\n__newobj__\n(c" + name + "\ntR."} {
			if v, err := Decode([]byte(call), Limits{}); !errors.Is(err, ErrRefused) {
				t.Errorf("%q: got %v, %v; want ErrRefused", call, v, err)
			}
		}
	}
}

func TestBasicTypesWrittenAsCalls(t *testing.T) {
	for _, tt := range []struct{ pickle, want string }{
		{"c_codecs\nencode\n(Va\xe9\nVlatin1\ntR.", `b'a\xe9'`},
		{"c_codecs\nencode\n(Va\nVlatin1\ntR.", `b'a'`},
		{"c__builtin__\nbytes\n)R.", `b''`},
		{"c__builtin__\nbytearray\n(V\xe9\nVlatin-1\ntR.", `bytearray(b'\xe9')`},
		{"cbuiltins\nbytearray\n(C\x01\xe9tR.", `bytearray(b'\xe9')`},
		{"cbuiltins\nbytearray\n)R.", `bytearray(b'')`},
		{"c__builtin__\nset\n((lK\x01atR.", "{1}"},
		{"c__builtin__\nfrozenset\n((lK\x01atR.", "frozenset({1})"},
		{"c__builtin__\ncomplex\n(F1\nF-2\ntR.", "(1-2j)"},
	} {
		v, err := Decode([]byte(tt.pickle), Limits{})
		if err != nil || pyval.Repr(v) != tt.want {
			t.Errorf("%q: got %s, %v; want %s", tt.pickle, pyval.Repr(v), err, tt.want)
		}
	}
}
