"""Print what encodings.idna makes of characters, as one JSON object:

    {"tried": N, "idna": {character: hexadecimal}}

A character without an entry is refused. With the argument "tables" it is what that
comes from:

    {"version": [3, 13], "classes": {name: [first, last, first, last ...]},
     "nameprep": {character: [characters]}, "nfkc": {character: [characters]}}

Nameprep is RFC 3491's with the tables of Unicode 3.2, and here without what it
prohibits; what stays as it is has no entry. "go test ./charset -run
TestNameprepTables -update" writes nameprepdata.go from it.
"""

import json
import stringprep as s
import sys
from unicodedata import ucd_3_2_0 as ucd

ALL = range(0x110000)
PROHIBITED = (
    s.in_table_c12, s.in_table_c22, s.in_table_c3, s.in_table_c4, s.in_table_c5, s.in_table_c6, s.in_table_c7,
    s.in_table_c8, s.in_table_c9,
)
CLASSES = {
    "nothing": s.in_table_b1,
    "prohibited": lambda c: any(table(c) for table in PROHIBITED),
    "rightToLeft": s.in_table_d1,
    "leftToRight": s.in_table_d2,
}


def spans(contains):
    ends = []
    for c in ALL:
        if contains(chr(c)):
            if ends and ends[-1] == c - 1:
                ends[-1] = c
            else:
                ends += [c, c]
    return ends


def changed(function):
    results = {}
    for c in ALL:
        got = function(chr(c))
        if got != chr(c):
            results[c] = list(map(ord, got))
    return results


def nfkc(text):
    return ucd.normalize("NFKC", text)


def encoded():
    # Planes without characters are looked into here and there.
    tried = [c for c in ALL if c < 0x40000 or c >> 16 == 14 or c % 17 == 0]
    codes = {}
    for c in tried:
        try:
            codes[c] = chr(c).encode("idna").hex()
        except UnicodeError:
            pass
    return {"tried": len(tried), "idna": codes}


json.dump(encoded() if sys.argv[1:] != ["tables"] else {
    "version": sys.version_info[:2],
    "classes": {name: spans(contains) for name, contains in CLASSES.items()},
    "nameprep": changed(lambda c: nfkc(s.map_table_b2(c))),
    "nfkc": changed(nfkc),
}, sys.stdout)
