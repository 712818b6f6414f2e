"""Answers requests, one JSON object a line, with what Python makes of them.

Texts travel as the hexadecimal digits of their UTF-8 (surrogates passed), values
as Python literals.
"""
import json
import logging
import string
import sys

NAMES = {"__builtins__": {}, "nan": float("nan"), "inf": float("inf"),
         "bytearray": bytearray, "set": set, "frozenset": frozenset}


def text(h):
    return bytes.fromhex(h).decode("utf-8", "surrogatepass")


def value(h):
    return eval(text(h), NAMES)


def answer(q):
    kind, fmt = q["kind"], text(q["format"])
    if kind.startswith("check"):
        return str(logging.Formatter(fmt, style=kind[-1]).usesTime())
    v = value(q["value"])
    if kind == "mod":
        return fmt % v
    if kind == "brace":
        return fmt.format(**v)
    if kind == "dollar":
        return string.Template(fmt).substitute(v)
    if kind == "str":
        return str(v)
    if kind == "repr":
        return repr(v)
    return ascii(v)


print(json.dumps({"version": list(sys.version_info[:2])}))
for line in sys.stdin:
    try:
        a = {"text": answer(json.loads(line)).encode("utf-8", "surrogatepass").hex()}
    except Exception as e:
        a = {"class": type(e).__name__, "msg": str(e)}
    print(json.dumps(a))
