"""Formats random records by random formats, as CPython's logging does.

Usage: format_all.py RECORDS FORMATS SEED

Writes to standard output a JSON line for each format, then one for each record: its
pickle, and what the formats of the numbers given make of it. Texts are base64 of
UTF-8, in which halves of surrogate pairs are encoded too.
"""
import base64
import json
import logging
import os
import pickle
import random
import sys
import time

count, formats, seed = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rnd = random.Random(seed)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
STANDARD = ["name", "levelno", "levelname", "pathname", "filename", "module", "lineno", "funcName", "created",
            "asctime", "msecs", "relativeCreated", "thread", "threadName", "process", "processName", "taskName",
            "message", "msg", "args", "exc_info", "exc_text", "stack_info"]
EXTRA = ["user", "n", "f", "flag", "seq", "d", "raw", "w", "name_"]
ABSENT = ["gone", "missing_key"]
NUMERIC = ["levelno", "lineno", "created", "msecs", "relativeCreated", "w"]
TEXTS = ["", "x", "plain text", "it's", 'say "hi"', "both ' and \"", "tab\tnew\nline\r\n", "back\\slash", "ünïcödé", "日本語",
         "\U0001f600 smile", "e\u0301", "\x00\x1b[31m\x7f\x85\xa0\xad", "\u202ertl\u2028\u2029", "\ud800", "a\udfffb", "100%", "%s %d",
         "{brace} $dollar", "\U000e0001\uffff", "long " * 40]
NUMBERS = [0, 1, -1, 7, 42, 255, -300, 65, 0x1F600, 10**6, 2**31, 2**63, -2**63, 2**64 + 1, 10**30, True, False]
FLOATS = [0.0, -0.0, 1.0, 1.5, -2.25, 0.1, 1e16, 1e-5, 1e22, 123456789.123456789, 5e-324, 1.7e308, 2.5, 3.5, float("inf"),
          float("-inf"), float("nan")]


def value(depth=0):
    kind = rnd.randrange(16 if depth < 3 else 8)
    if kind < 3:
        return rnd.choice(TEXTS)
    if kind == 3:
        return rnd.choice(NUMBERS)
    if kind == 4:
        return rnd.choice(FLOATS)
    if kind == 5:
        return rnd.choice([None, True, False])
    if kind == 6:
        return rnd.choice([b"", b"ab", bytes(range(256)), b"it's", b'"', bytearray(b"x\x00'")])
    if kind == 7:
        return complex(rnd.choice([0.0, 1.5, -2.0]), rnd.choice([0.0, -1.0, 2.5]))
    items = [value(depth + 1) for _ in range(rnd.randrange(4))]
    if kind == 8:
        return items
    if kind == 9:
        return tuple(items)
    if kind == 10:
        return {rnd.choice(["a", "b c", "k", 1, None, (1, 2)]): v for v in items}
    if kind == 11:
        return set(rnd.sample(range(8), rnd.randrange(4)))
    if kind == 12:
        return frozenset(rnd.sample(range(8), rnd.randrange(3)))
    if kind == 13:
        items.append(items)
        return items
    if kind == 14:
        return [items, items]
    d = {"k": items}
    d["self"] = d
    return d


def seconds():
    kind = rnd.randrange(8)
    if kind == 0:
        return rnd.choice([0, 1, -1, True, 1700000000, -0.5, 0.9995, 1e9, -1e9, 4e9, 951782400, 1711846800])
    if kind == 1:
        return rnd.uniform(-6e10, 2.5e11)
    return rnd.uniform(0, 4e9)


def message():
    kind = rnd.randrange(8)
    if kind < 3:
        return rnd.choice(TEXTS), rnd.choice([None, ()])
    if kind == 3:
        return value(), rnd.choice([None, ()])
    if kind == 4:
        return "%(a)s and %(b)r", {"a": value(), "b": value()}
    pieces, args = [], []
    for _ in range(rnd.randrange(1, 4)):
        wild = rnd.randrange(8) == 0
        pieces.append(rnd.choice(["", "x=", "100%% ", "\n"]) + "%" + percent_spec("sra" if not wild else "sradfxc"))
        args.append(value())
    if rnd.randrange(40) == 0:
        args.append(1)
    return "".join(pieces), tuple(args)


def attributes():
    msg, args = message()
    created = seconds()
    ms = float(int(created % 1 * 1000))
    attrs = {
        "name": rnd.choice(["root", "app", "app.db", "", "ünï"]), "msg": msg, "args": args,
        "levelname": rnd.choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "Level 25", "NOTICE", ""]),
        "levelno": rnd.choice([0, 10, 20, 25, 30, 40, 50, -5, 10**12]),
        "pathname": rnd.choice(["/srv/app/main.py", "x.py", "", "/a/.hidden", "C:\\x\\y.py"]),
        "filename": rnd.choice(["main.py", "x.py", ""]), "module": rnd.choice(["main", "x", "Unknown module"]),
        "exc_info": None, "exc_text": rnd.choice([None, None, "", "Traceback:\n  ValueError: ü", "E\n"]),
        "stack_info": rnd.choice([None, None, "", "Stack (most recent call last):\n  f"]),
        "lineno": rnd.choice([0, 1, 42, 10**9]), "funcName": rnd.choice(["f", "<module>", "", None]),
        "created": created, "msecs": rnd.choice([ms, ms, ms, int(ms), ms + 0.625, 999.9, 1000.0, -3.0, True, 10**20]),
        "relativeCreated": rnd.choice([12.5, 0.0, 1e7 / 3, 5]), "thread": rnd.choice([140735, 0, 2**63, None]),
        "threadName": rnd.choice(["MainThread", "T-1", None]), "processName": rnd.choice(["MainProcess", "W", None]),
        "process": rnd.choice([1, 4711, None]), "taskName": rnd.choice([None, "Task-1"]),
    }
    for key in rnd.sample(list(attrs), rnd.choice([0, 0, 0, 0, 1])):
        if key not in ("created", "msecs", "exc_info", "exc_text", "stack_info", "msg", "args"):
            attrs[key] = value()
    for key in EXTRA:
        if rnd.randrange(30):
            attrs[key] = value()
    # A width: a great one would fill the memory here, and is refused there.
    attrs["w"] = rnd.randrange(12) if rnd.randrange(20) else rnd.choice([None, "x", 1.5, True, "5.1", "<7", "\u0663", (1, 2)])
    if rnd.randrange(8):
        attrs["seq"] = ["zero", 1, {"k": 2.5}]
    return attrs


def percent_spec(conversions):
    flags = "".join(rnd.sample("-+ #0", rnd.choice([0, 0, 0, 1, 2])))
    width = rnd.choice(["", "", "", "3", "8", "20"])
    precision = rnd.choice(["", "", ".0", ".2", ".10", "."])
    if rnd.randrange(60) == 0:
        conversions = "diouxXeEfFgGcy%"
    return flags + width + precision + rnd.choice(["", "", "", "l", "h"]) + rnd.choice(conversions)


def key():
    return rnd.choice(STANDARD + EXTRA * 2 + (ABSENT if rnd.randrange(12) == 0 else []) + ["message", "levelname", "asctime"] * 3)


def literal():
    return rnd.choice(["", " ", " - ", ": ", "[", "]\t", "ü", "\n", "=", "日", "'"])


def percent_field():
    kind = rnd.randrange(30)
    if kind == 0:
        return "%%"
    if kind == 1:
        return rnd.choice(["%(", "%(name", "%(name)", "%()s", "%(a(b)c)s"])
    field = key()
    if rnd.randrange(80) == 0:
        return "%(" + field + ")*d"
    return "%(" + field + ")" + percent_spec("diouxXeEfFgGsr" if field in NUMERIC else "sra")


def brace_spec(numeric):
    spec = rnd.choice(["", "", "*<", ">", "^", "日^"])
    if numeric or rnd.randrange(20) == 0:
        spec = rnd.choice([spec, "=", "0="])
        spec += rnd.choice(["", "", "+", "-", " "]) + rnd.choice(["", "", "", "z", "#", "0"])
    spec += rnd.choice(["", "", "5", "10", "30", "{w}"])
    if numeric or rnd.randrange(20) == 0:
        spec += rnd.choice(["", "", "", ",", "_"])
        spec += rnd.choice(["", "", ".2", ".0", ".7"])
        return spec + rnd.choice(["", "", "", "d", "f", "e", "g", "G", "%", "n", "x", "b", "o", "X", "c", "E", "F", "y"])
    return spec + rnd.choice(["", "", ".2", ".0", ".7"]) + rnd.choice(["", "", "s"])


def brace_field():
    kind = rnd.randrange(30)
    if kind == 0:
        return rnd.choice(["{{", "}}", "{{}}"])
    if kind == 1:
        return rnd.choice(["{", "}", "{}", "{0}", "{name!x}", "{a b}", "{name!}", "{name:{levelno:{n}}}", "{name[}", "{[0]}", "{!r}", "{a-b}"])
    field = key()
    if rnd.randrange(10) == 0:
        field = rnd.choice(["seq", "seq", "d", "args", "n"]) + rnd.choice(["[0]", "[1]", "[2][k]", "[k]", "[a]", "[b c]", "[9]", "[-1]", "[]"])
    numeric = field in NUMERIC
    if not numeric or rnd.randrange(10) == 0:
        field += rnd.choice(["", "!r", "!s", "!a"])
    if rnd.randrange(2) and ("!" in field or numeric or rnd.randrange(4) == 0 or field in ("message", "levelname", "asctime")):
        field += ":" + brace_spec(numeric and "!" not in field)
    return "{" + field + "}"


def dollar_field():
    kind = rnd.randrange(20)
    if kind == 0:
        return "$$"
    if kind == 1:
        return rnd.choice(["$", "${", "${name", "$1", "${a b}", "$ "])
    return rnd.choice(["$%s", "${%s}"]) % key()


DIRECTIVES = "aAbBcdHIjmMpSUwWxXyYZzeDFTRGVuhnktlCgrP%"


def datefmt():
    return "".join("%" + rnd.choice(["", "", "", "-", "_", "0", "^"]) + rnd.choice(DIRECTIVES) + rnd.choice(["", " ", ".", "-", "T"])
                   for _ in range(rnd.randrange(1, 6)))


def random_format():
    # A % field without a key would be the whole record.
    style = rnd.choice("%{$")
    field = {"%": percent_field, "{": brace_field, "$": dollar_field}[style]
    spec = {
        "style": style, "validate": rnd.randrange(8) > 0, "tz": rnd.choice(ZONES), "utc": rnd.randrange(3) == 0,
        "fmt": "".join(literal() + field() for _ in range(rnd.randrange(1, 6))) if rnd.randrange(20) else rnd.choice(["", "plain", "%(message)s%"]),
        "datefmt": datefmt() if rnd.randrange(3) == 0 else None,
        "time_format": rnd.choice([None, None, None, "%H:%M", "", "%%"]),
        "msec_format": rnd.choice([None, None, None, "", "%s.%03d", "%s,%03dZ", "<%s> %f", "%s %r", "%s", "%s %d %d"]),
    }
    defaults = {k: value() for k in rnd.sample(EXTRA + ABSENT, rnd.randrange(4))} if rnd.randrange(2) else {}
    return spec, defaults


def encode(text):
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def formatter(spec, defaults):
    f = logging.Formatter(spec["fmt"], spec["datefmt"], spec["style"], spec["validate"], defaults=defaults or None)
    f.converter = time.gmtime if spec["utc"] else time.localtime
    if spec["time_format"] is not None:
        f.default_time_format = spec["time_format"]
    if spec["msec_format"] is not None:
        f.default_msec_format = spec["msec_format"] or None
    return f


made = []
refused = 0
while len(made) < formats:
    spec, defaults = random_format()
    error = None
    f = None
    try:
        f = formatter(spec, defaults)
    except Exception as e:
        error = type(e).__name__
        # One in four may be such, which leaves the others to be used.
        if refused * 4 > formats:
            continue
        refused += 1
    made.append((spec, f))
    print(json.dumps(dict(spec, defaults=base64.b64encode(pickle.dumps(defaults, 2)).decode(), error=error)))

usable = [i for i, (_, f) in enumerate(made) if f]
for _ in range(count):
    data = pickle.dumps(attributes(), rnd.choice([0, 1, 1, 1, 2, 4]))
    results = []
    for i in rnd.sample(usable, 4):
        spec, f = made[i]
        os.environ["TZ"] = spec["tz"]
        time.tzset()
        record = logging.makeLogRecord(pickle.loads(data))
        try:
            results.append({"format": i, "text": encode(f.format(record))})
        except Exception as e:
            results.append({"format": i, "error": type(e).__name__})
    print(json.dumps({"pickle": base64.b64encode(data).decode(), "results": results}))
