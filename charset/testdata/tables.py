"""Print the codes that CPython has, as one JSON object:

    {"aliases": {alias: module}, "modules": {module: kind},
     "tables": {module: {character: code, both in hexadecimal}}}

There is a table for each module of a text encoding that is not an argument. "go test ./charset -run TestTables
-update" writes tables.go and aliases.go of package charset from it.
"""

import codecs
import encodings
import encodings.aliases
import json
import os
import sys

TEXT = [chr(c) for c in range(0x30000) if not 0xD800 <= c < 0xE000 and c != 10]


def table(module):
    # A line for each character: all of them are encoded at once, and a line feed
    # takes the stateful encodings back to their initial state.
    newline = "\n".encode(module)
    lines = "\n".join(TEXT).encode(module, "ignore").split(newline)
    assert len(lines) == len(TEXT), module
    codes = {"a": newline.hex()}
    for char, code in zip(TEXT, lines):
        if code:
            codes["%x" % ord(char)] = code.hex()
    return codes


def kind(module):
    try:
        info = codecs.lookup(module)
    except LookupError:
        return "unknown"
    return "text" if info._is_text_encoding else "not text"


files = os.listdir(os.path.dirname(encodings.__file__))
modules = sorted(f[:-3] for f in files if f.endswith(".py") and not f.startswith("__"))
kinds = {m: kind(m) for m in modules}
tables = {m: table(m) for m in modules if kinds[m] == "text" and m not in sys.argv[1:]}
json.dump({"aliases": encodings.aliases.aliases, "modules": kinds, "tables": tables}, sys.stdout)
