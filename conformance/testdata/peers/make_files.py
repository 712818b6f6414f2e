"""Rows of the vectors file_handlers and size_rotation, made by the logging package here.

make_files.py file_handlers|size_rotation ROWS SEED: print so many random rows.

The rows follow D1, D5, D7 and D15, as the vectors do: the handlers below are CPython's
with these put on top, so that any CPython from 3.11 on makes the same of them.
"""
import base64
import json
import logging
import logging.handlers
import os
import random
import shutil
import sys
import tempfile

MESSAGES = [
    "", "a", "0123456789", "hello world", "\0nul", "line1\nline2", "tab\tsep", "x" * 60, "trailing newline\n", "na\xefve caf\xe9",
    "\u041f\u0440\u0438\u0432\u0435\u0442", "\ufb00 ligature", "\u65e5\u672c\u8a9e", "emoji \U0001f600!", "\xa5~\\", "\ud55c\uad6d\uc5b4",
    "\ub620", "\u20ac100", "\ufeffbom", "\u2460", "\r\n", "\u203e\u301c",
]
ENCODINGS = ["utf-8"] * 8 + [
    "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "koi8-r", "shift_jis", "euc-kr", "cp1252", "latin-1", "ascii", "gb18030",
]


def text64(data):
    return base64.b64encode(data).decode()


def failure():
    return sys.exc_info()[0].__name__


def on_base(change):
    def namer(path):
        head, base = os.path.split(path)
        stem, _, number = base.rpartition(".")
        return os.path.join(head, change(base, number, stem))
    return namer


NAMERS = {
    "none": None,
    "gz": on_base(lambda b, x, s: b + ".gz"),
    "log_last": on_base(lambda b, x, s: b.replace(".log", "", 1) + ".log"),
    "prefix": on_base(lambda b, x, s: x + "-" + s),
    "upper": on_base(lambda b, x, s: b.upper()),
    "const": on_base(lambda b, x, s: "rotated.log"),
}


def upper(source, dest):
    if os.path.exists(source):
        with open(source, "rb") as f, open(dest, "wb") as g:
            g.write(f.read().upper())  # of bytes: ASCII letters only
        os.remove(source)


def fail(source, dest):
    raise RuntimeError


ROTATORS = {"default": None, "noop": lambda source, dest: None, "upper": upper, "fail": fail}


def snapshot(directory):
    entries = {}
    for entry in sorted(os.scandir(directory), key=lambda e: e.name):
        if entry.is_symlink():
            entries[entry.name] = {"link": os.readlink(entry.path)}
        elif entry.is_dir():
            entries[entry.name] = {"dir": True}
        else:
            with open(entry.path, "rb") as f:
                entries[entry.name] = {"b64": text64(f.read())}
    return entries


def lay_out(directory, entries):
    for name, entry in entries.items():
        path = os.path.join(directory, name)
        if "link" in entry:
            os.symlink(entry["link"], path)
        elif "dir" in entry:
            os.mkdir(path)
        else:
            with open(path, "wb") as f:
                f.write(base64.b64decode(entry["b64"]))


class Rotating(logging.handlers.RotatingFileHandler):
    """D1: encoded bytes count. D5: a rollover is made whole or not at all, and the
    record is written. D15: what is closed stays so."""

    dead = False

    def handleError(self, record):
        self.errors_told.append(failure())

    def shouldRollover(self, record):
        if self.stream is None:
            self.stream = self._open()
        size = os.fstat(self.stream.fileno()).st_size
        if self.maxBytes <= 0 or self.backupCount <= 0 or not size:
            return False
        if os.path.exists(self.baseFilename) and not os.path.isfile(self.baseFilename):
            return False
        codec = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(self.encoding, self.encoding)  # no mark
        line = (self.format(record) + self.terminator).encode(codec, self.errors or "strict")
        return size + len(line) >= self.maxBytes

    def roll(self):
        directory, opened = os.path.dirname(self.baseFilename), self.stream is not None
        before = snapshot(directory)
        try:
            self.doRollover()
        except Exception:
            told = failure()
            for entry in list(os.scandir(directory)):
                if entry.is_dir() and not entry.is_symlink():
                    os.rmdir(entry.path)
                else:
                    os.remove(entry.path)
            lay_out(directory, before)
            if self.stream:
                self.stream.close()
                self.stream = None
            if opened:
                mode, self.mode = self.mode, "a"
                self.stream, self.mode = self._open(), mode
            return told

    def emit(self, record):
        if self.dead:
            self.errors_told.append("ErrClosed")
            return
        told = None
        try:
            if self.shouldRollover(record):
                told = self.roll()
        except UnicodeEncodeError:
            pass
        except Exception:
            told = failure()
        if told:
            self.errors_told.append(told)
        try:
            logging.FileHandler.emit(self, record)
        except Exception:
            self.handleError(record)


def record(message):
    return logging.makeLogRecord({"name": "svc", "levelno": 20, "levelname": "INFO", "lineno": 7, "msg": message})


def size_row(r, directory):
    base = r.choice(["app.log", "app.log", "app", "a.b.c.log", "log file.txt"])
    row = {
        "base": base, "max_bytes": r.choice([0, -1, 1, 10, 11, 12, 13, 20, 32, 64, r.randint(1, 80)]),
        "backup_count": r.choice([-1, 0, 1, 1, 2, 2, 3, 5, 12]), "mode": r.choice("aaawwx"), "encoding": r.choice(ENCODINGS),
        "errors": r.choice([None, None, None, "strict", "ignore", "backslashreplace", "replace", "xmlcharrefreplace", "surrogateescape"]),
        "delay": r.random() < 0.4, "terminator": r.choice(["\n", "\n", "\n", " | ", "", "\r\n"]),
        "fmt": r.choice([None, "%(levelname)-8s %(lineno)05d %(message)s", "[%(name)s] %(message)s"]),
        "namer": r.choice(["none"] * 6 + list(NAMERS)), "rotator": r.choice(["default"] * 5 + list(ROTATORS)),
        "files": {}, "dirs": [], "links": {}, "ops": [],
    }
    namer = NAMERS[row["namer"]] or (lambda path: path)
    backups = [namer("%s.%d" % (base, i)) for i in range(13)]
    for name in backups:
        if r.random() < 0.2:
            row["files"][name] = text64(name.encode() + b"\n")
    if r.random() < 0.5:
        row["files"][base] = text64(r.choice([b"", b"existing\n", b"no newline", b"x" * r.randint(1, 60)]))
    if r.random() < 0.1:
        row["dirs"] = [r.choice(backups[1:5])]
        row["files"].pop(row["dirs"][0], None)
    elif r.random() < 0.1:
        row["files"].pop(base, None)
        row["files"]["real.txt"] = text64(b"linked\n")
        row["links"] = {base: r.choice(["real.txt", "/dev/null"])}
    lay_out(directory, {name: {"b64": b64} for name, b64 in row["files"].items()})
    lay_out(directory, {name: {"dir": True} for name in row["dirs"]})
    lay_out(directory, {name: {"link": to} for name, to in row["links"].items()})

    def opened():
        h = Rotating(os.path.join(directory, base), row["mode"], row["max_bytes"], row["backup_count"], row["encoding"], row["delay"], row["errors"])
        h.errors_told, h.terminator = [], row["terminator"]
        h.namer, h.rotator = NAMERS[row["namer"]], ROTATORS[row["rotator"]]
        if row["fmt"]:
            h.setFormatter(logging.Formatter(row["fmt"]))
        return h
    try:
        h = opened()
    except OSError:
        return dict(row, ctor_error={"type": failure()}, final=snapshot(directory))
    row["after_ctor"] = sorted(os.listdir(directory))
    for _ in range(r.randint(1, 12)):
        op = {"op": r.choice(["emit"] * 14 + ["close", "flush", "do_rollover", "restart", "unlink"])}
        row["ops"].append(op)
        if op["op"] == "emit":
            op["msg"], h.errors_told = r.choice(MESSAGES) + r.choice(MESSAGES), []
            h.handle(record(op["msg"]))
            op["errors"] = h.errors_told
        elif op["op"] == "flush":
            h.flush()
        elif op["op"] == "do_rollover":
            op["error"] = "ErrClosed" if h.dead else h.roll()
        elif op["op"] == "unlink":
            op["name"] = r.choice([base, base, backups[1]])
            path = os.path.join(directory, op["name"])
            if os.path.isfile(path) or os.path.islink(path):
                os.remove(path)
            else:
                row["ops"].pop()
        else:
            h.close()
            h.dead = True
            if op["op"] == "restart":
                op["error"] = None
                try:
                    h = opened()
                except OSError:
                    op["error"] = failure()
                    break
    h.close()
    return dict(row, final=snapshot(directory))


class Watched(logging.handlers.WatchedFileHandler):
    """D7: the inode is recorded at every open."""

    def _open(self):
        self.stream = super()._open()
        self._statstream()
        return self.stream


def file_row(r, directory):
    row = {
        "cls": r.choice(["FileHandler", "WatchedFileHandler"]), "mode": r.choice("aaawwx"), "delay": r.random() < 0.4,
        "files": r.choice([{}, {}, {"app.log": text64(b"pre\n")}, {"app.log": ""}]), "ops": [],
    }
    base = os.path.join(directory, "app.log")
    lay_out(directory, {name: {"b64": b64} for name, b64 in row["files"].items()})
    try:
        h = {"FileHandler": logging.FileHandler, "WatchedFileHandler": Watched}[row["cls"]](base, row["mode"], "utf-8", row["delay"])
    except OSError:
        return dict(row, ctor_error=failure(), final=snapshot(directory))
    row["exists_after_ctor"] = os.path.exists(base)
    for _ in range(r.randint(1, 12)):
        op = {"op": r.choice(["emit"] * 6 + ["rename"] * 2 + ["unlink", "truncate", "flush", "close", "reopen_if_needed", "create", "mkdir"])}
        try:
            if op["op"] == "emit":
                op.update(msg=r.choice(MESSAGES), errors=[], raised=None)
                try:
                    h.handle(record(op["msg"]))
                except OSError:
                    op["raised"] = failure()
            elif op["op"] == "reopen_if_needed":
                if row["cls"] == "FileHandler":
                    continue
                op["raised"] = None
                try:
                    h.reopenIfNeeded()
                except OSError:
                    op["raised"] = failure()
            elif op["op"] == "rename":
                op["from"], op["to"] = r.sample(["app.log", "app.log", "app.log.2", "app.log.3"], 2)
                source, dest = (os.path.join(directory, op[end]) for end in ("from", "to"))
                if source == dest or os.path.isdir(dest):
                    continue
                os.rename(source, dest)
            elif op["op"] in ("flush", "close"):
                getattr(h, op["op"])()
            else:
                op["name"] = "app.log"
                if op["op"] == "create":
                    op["b64"] = text64(b"new by other\n")
                    with open(base, "xb") as f:
                        f.write(b"new by other\n")
                else:
                    {"unlink": os.remove, "mkdir": os.mkdir, "truncate": lambda path: os.truncate(path, 0)}[op["op"]](base)
        except OSError:
            continue  # there is nothing to do it to
        row["ops"].append(op)
        if op["op"] == "close":
            break  # D15
    h.close()
    return dict(row, final=snapshot(directory))


def main():
    kind, rows, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    r = random.Random(kind + seed)
    for i in range(rows):
        directory = tempfile.mkdtemp()
        try:
            row = {"file_handlers": file_row, "size_rotation": size_row}[kind](r, directory)
        finally:
            shutil.rmtree(directory)
        print(json.dumps(dict(row, id="%s of seed %s, %d" % (kind, seed, i))))


main()
