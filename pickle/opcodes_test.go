package pickle

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/pyval"
)

// TestEveryOpcode follows each of the 68 opcodes by itself: with what it needs it
// gives the value that Python gives (want, as Python's repr) or is refused, and
// without it gives an error that names it.
func TestEveryOpcode(t *testing.T) {
	const refused = "refused"
	tests := []struct{ name, pickle, want string }{
		{"INT", "I-12\n.", "-12"},
		{"BININT", "J\xfe\xff\xff\xff.", "-2"},
		{"BININT1", "K\xff.", "255"},
		{"BININT2", "M\x01\x02.", "513"},
		{"LONG", "L123456789012345678901L\n.", "123456789012345678901"},
		{"LONG1", "\x8a\x02\x00\xff.", "-256"},
		{"LONG4", "\x8b\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01.", "18446744073709551616"},
		{"STRING", "S'a\\n\\x41\\101\\q'\n.", `'a\nAA\\q'`},
		{"BINSTRING", "T\x02\x00\x00\x00ab.", "'ab'"},
		{"SHORT_BINSTRING", "U\x02ab.", "'ab'"},
		{"BINBYTES", "B\x02\x00\x00\x00a\xff.", `b'a\xff'`},
		{"SHORT_BINBYTES", "C\x02a\xff.", `b'a\xff'`},
		{"BINBYTES8", "\x8e\x02\x00\x00\x00\x00\x00\x00\x00a\xff.", `b'a\xff'`},
		{"BYTEARRAY8", "\x96\x01\x00\x00\x00\x00\x00\x00\x00a.", "bytearray(b'a')"},
		{"NEXT_BUFFER", "\x97.", refused},
		{"READONLY_BUFFER", "C\x00\x98.", refused},
		{"NONE", "N.", "None"},
		{"NEWTRUE", "\x88.", "True"},
		{"NEWFALSE", "\x89.", "False"},
		{"UNICODE", "Va\\u20ac\\U0001f600\xe9\\\\u0041\n.", `'a€😀é\\\\u0041'`},
		{"SHORT_BINUNICODE", "\x8c\x02\xc3\xa9.", "'é'"},
		{"BINUNICODE", "X\x03\x00\x00\x00\xed\xa0\x80.", `'\ud800'`},
		{"BINUNICODE8", "\x8d\x02\x00\x00\x00\x00\x00\x00\x00\xc3\xa9.", "'é'"},
		{"FLOAT", "F-1.5e3\n.", "-1500.0"},
		{"BINFLOAT", "G\x3f\xf8\x00\x00\x00\x00\x00\x00.", "1.5"},
		{"EMPTY_LIST", "].", "[]"},
		{"APPEND", "]K\x01a.", "[1]"},
		{"APPENDS", "](K\x01K\x02e.", "[1, 2]"},
		{"LIST", "(K\x01K\x02l.", "[1, 2]"},
		{"EMPTY_TUPLE", ").", "()"},
		{"TUPLE", "(K\x01K\x02t.", "(1, 2)"},
		{"TUPLE1", "K\x01\x85.", "(1,)"},
		{"TUPLE2", "K\x01K\x02\x86.", "(1, 2)"},
		{"TUPLE3", "K\x01K\x02K\x03\x87.", "(1, 2, 3)"},
		{"EMPTY_DICT", "}.", "{}"},
		{"DICT", "(K\x01K\x02d.", "{1: 2}"},
		{"SETITEM", "}K\x01K\x02s.", "{1: 2}"},
		{"SETITEMS", "}(K\x01K\x02K\x03K\x04u.", "{1: 2, 3: 4}"},
		{"EMPTY_SET", "\x8f.", "set()"},
		{"ADDITEMS", "\x8f(K\x01K\x01\x90.", "{1}"},
		{"FROZENSET", "(K\x01K\x01\x91.", "frozenset({1})"},
		{"POP", "K\x01K\x020.", "1"},
		{"DUP", "K\x012\x86.", "(1, 1)"},
		{"MARK", "K\x01(0.", "1"},
		{"POP_MARK", "K\x01(K\x02K\x031.", "1"},
		{"GET", "K\x01p300\n0g300\n.", "1"},
		{"BINGET", "K\x01q\x070h\x07.", "1"},
		{"LONG_BINGET", "K\x01r\x00\x00\x01\x000j\x00\x00\x01\x00.", "1"},
		{"PUT", "K\x01p0\n.", "1"},
		{"BINPUT", "K\x01q\x00.", "1"},
		{"LONG_BINPUT", "K\x01r\xff\xff\xff\xff.", "1"},
		{"MEMOIZE", "K\x01\x94K\x02\x94h\x00\x86.", "(2, 1)"},
		{"EXT1", "\x82\x01.", refused},
		{"EXT2", "\x83\x01\x00.", refused},
		{"EXT4", "\x84\x01\x00\x00\x00.", refused},
		{"GLOBAL", "cos\nsystem\n.", "os.system"},
		{"STACK_GLOBAL", "\x8c\x01m\x8c\x01C\x93.", "m.C"},
		{"REDUCE", "cm\nf\n)R.", "m.f instance"},
		{"BUILD", "cm\nC\n)\x81}b.", "m.C instance"},
		{"INST", "(im\nC\n.", "m.C instance"},
		{"OBJ", "(cm\nC\no.", "m.C instance"},
		{"NEWOBJ", "cm\nC\n)\x81.", "m.C instance"},
		{"NEWOBJ_EX", "cm\nC\n)}\x92.", "m.C instance"},
		{"PROTO", "\x80\x05N.", "None"},
		{"STOP", "N.N", "None"},
		{"FRAME", "\x95\x02\x00\x00\x00\x00\x00\x00\x00N.", "None"},
		{"PERSID", "Pid\n.", refused},
		{"BINPERSID", "NQ.", refused},
	}
	if len(tests) != 68 {
		t.Errorf("%d opcodes, Python has 68", len(tests))
	}
	known := map[string]byte{}
	for op := range 256 {
		if name := opName(byte(op)); !strings.HasPrefix(name, "byte ") {
			known[name] = byte(op)
		}
	}
	for _, tt := range tests {
		op, ok := known[tt.name]
		if !ok {
			t.Fatalf("no opcode %s", tt.name)
		}
		delete(known, tt.name)
		if !strings.Contains(tt.pickle, string([]byte{op})) {
			t.Errorf("%s: the pickle %q has it not", tt.name, tt.pickle)
		}
		v, err := Decode([]byte(tt.pickle), Limits{})
		if tt.want == refused {
			var e *Error
			if !errors.Is(err, ErrRefused) || !errors.As(err, &e) || e.Op != tt.name {
				t.Errorf("%s: got %v, want a refusal", tt.name, err)
			}
		} else if got := show(v); err != nil || got != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.name, got, err, tt.want)
		}
		sameAsFields(t, []byte(tt.pickle), Limits{})

		// Alone it lacks its operands, or STOP.
		_, err = Decode([]byte{op}, Limits{})
		var e *Error
		if !errors.As(err, &e) || e.Op != tt.name && (e.Op != "end" || e.Offset != 1) {
			t.Errorf("%s alone: got %v", tt.name, err)
		}
	}
	if len(known) > 0 {
		t.Errorf("not tried: %v", known)
	}
	for op := range 256 {
		if strings.HasPrefix(opName(byte(op)), "byte ") {
			if _, err := Decode([]byte{byte(op), '.'}, Limits{}); err == nil {
				t.Errorf("byte %#x is followed", op)
			}
		}
	}
}

func show(v any) string {
	if o, ok := v.(pyval.Opaque); ok {
		if o.Global {
			return o.Name
		}
		return o.Name + " instance"
	}
	return pyval.Repr(v)
}

func TestErrorsNameOpcodeAndPlace(t *testing.T) {
	for _, tt := range []struct{ pickle, want string }{
		{"", "unpickle: end at byte 0: no STOP"},
		{"}X\x01\x00\x00\x00acos\nsystem\n)Rs.", "unpickle: REDUCE at byte 19: refused: a call of os.system"},
		{"}]K\x01s.", "unpickle: SETITEM at byte 4: unhashable type: list"},
		{"X\x05\x00\x00\x00ab", "unpickle: BINUNICODE at byte 0: the pickle ends inside it"},
		{"h\x05.", "unpickle: BINGET at byte 0: nothing in the memo at 5"},
		{"K\x01K\x02a.", "unpickle: APPEND at byte 4: needs a list, not a value of type int"},
		{"\xff", "unpickle: byte 0xff at byte 0: no such opcode"},
		{"\x80\x06.", "unpickle: PROTO at byte 0: protocol 6 is not known"},
	} {
		if _, err := Decode([]byte(tt.pickle), Limits{}); err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.pickle, err, tt.want)
		}
	}
	if _, err := DecodeFields([]byte("]."), Limits{}, nil); !errors.Is(err, ErrNotDict) {
		t.Errorf("a list: got %v, want ErrNotDict", err)
	}
}
