// Package pickle reads Python pickles, protocols 0 to 5, as data: a Python value
// comes out (package pyval), and nothing that a pickle names is ever imported,
// called, opened or connected to. There is no option that changes this, and no
// code here that could.
//
// Basic types are restored, also where Python writes them as a call: bytes by
// _codecs.encode, and set, frozenset, bytes, bytearray and complex of builtins
// (__builtin__ in Python 2). Every other class or function becomes a
// [pyval.Opaque], which keeps the name; so do instances, without their contents.
// A call into Python's standard library is refused with [ErrRefused], unless it
// only makes data such as a datetime: no program has a reason to send one, an
// attack has.
//
// # Limits
//
// Refused, always: EXT1, EXT2, EXT4, PERSID, BINPERSID, NEXT_BUFFER and
// READONLY_BUFFER, which need something outside the pickle. Byte strings of Python
// 2 must be ASCII, as for pickle.loads. The strings of the result share one copy of
// the whole pickle, so keeping one of them keeps all. Memory and time are bounded
// by [Limits] and grow only with the bytes read, never with a length that is merely
// announced; an int has at most 4300 digits. Bytes after STOP are ignored.
package pickle
