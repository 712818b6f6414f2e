"""Logs records of all kinds through Python's own handlers.

Usage: send_all.py COUNT TCPPORT UDPPORT UNIXPATH UNIXGRAMPATH OUT

Writes to OUT, for each record that was sent, a JSON line with the connection, its
place on it, and repr() of every attribute of the record as SocketHandler sends
it. The handlers are the standard library's; makePickle is only listened to, and a
receiver that gets no processor for a while is waited for.
"""
import collections
import datetime
import decimal
import json
import logging
import logging.handlers
import random
import sys
import threading
import time

count, tcp, udp = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
unix, unixgram, out = sys.argv[4], sys.argv[5], sys.argv[6]


class Opaque:
    """An object that a receiver must not make."""

    def __init__(self):
        self.inside = [1, 2]


def show(v):
    """repr(), with the mark that a safe receiver has for objects."""
    for cls in (Opaque, datetime.datetime, decimal.Decimal, collections.OrderedDict):
        if type(v) is cls:
            return "<%s.%s object>" % (cls.__module__, cls.__qualname__)
    return repr(v)


class Listening:
    def makePickle(self, record):
        record.conn = self.conn
        record.seq = self.seq
        frame = super().makePickle(record)
        self.seq += 1
        d = dict(record.__dict__)
        d["msg"] = record.getMessage()
        d["args"] = None
        d["exc_info"] = None
        d.pop("message", None)
        self.sent.append({"conn": self.conn, "seq": record.seq, "attrs": [[k, show(v)] for k, v in d.items()]})
        return frame

    def handleError(self, record):
        self.failed += 1
        super().handleError(record)


class Socket(Listening, logging.handlers.SocketHandler):
    def makeSocket(self, timeout=60):  # 1 s, after which send() drops the record
        return super().makeSocket(timeout)


class Datagram(Listening, logging.handlers.DatagramHandler):
    pass


shared = ["shared", {"deep": (1, 2, (3,))}]
cyclic = [1]
cyclic.append(cyclic)
VALUES = [
    None, True, False, 0, -1, 255, 256, 65536, 2**31, -2**31 - 1, 2**63, -2**200, 0.0, -0.0, 1e16, 1.5e300, 5e-324,
    float("inf"), float("-inf"), 3.14, "", "plain", "Grüße 日本 🙂", "two\nlines\ttab", "quote ' and \" and \\", "\x00\x1b[31m",
    "\ud800 half a pair", b"", b"bytes \x00\xff", bytearray(b"array\x80"), (), (1,), (1, "two", 3.0), [], [1, [2, [3]]],
    {}, {"a": 1, 2: "b", (3, 4): [5], None: None}, {1, 2, 3}, set(), frozenset({"x"}), frozenset(), complex(1, -2.5),
    [shared, shared], cyclic, "x" * 3000, list(range(300)), {"k%d" % i: i for i in range(50)}, Opaque(),
    datetime.datetime(2026, 11, 20), decimal.Decimal("1.1"), collections.OrderedDict(a=1),
]


def log_one(log, rnd, i):
    kind = i % 10
    extra = {"v%d" % j: rnd.choice(VALUES) for j in range(rnd.randrange(4))}
    level = rnd.choice([10, 20, 30, 40, 50, 25, 5, 15])
    if kind == 0:
        log.log(level, "plain %d", i, extra=extra)
    elif kind == 1:
        log.log(level, "all %s %r %5.2f", "text", ["list"], 3.14159, extra=extra)
    elif kind == 2:
        log.log(level, "mapping %(a)s %(b)05d", {"a": "Ä", "b": 42}, extra=extra)
    elif kind == 3:
        try:
            raise ValueError("broken %d" % i)
        except ValueError:
            log.exception("with an exception", extra=extra)
    elif kind == 4:
        log.log(level, "with its stack", stack_info=True, extra=extra)
    elif kind == 5:
        log.log(level, "long " + "m" * rnd.randrange(5000), extra=extra)
    elif kind == 6:
        log.log(level, "unicode Привет 🙂 100%", extra=extra)
    elif kind == 7:
        log.log(level, ["a", "list", "as", "message"], extra=extra)
    elif kind == 8:
        try:
            try:
                {}["missing"]
            except KeyError as e:
                raise RuntimeError("chained") from e
        except RuntimeError:
            log.log(level, "chained", exc_info=True, extra=extra)
    else:
        log.log(level, "", extra=dict(extra, value=VALUES[(i // 10) % len(VALUES)]))


handlers = [Socket("127.0.0.1", tcp) for _ in range(4)] + [Socket(unix, None) for _ in range(2)]
handlers += [Datagram("127.0.0.1", udp), Datagram(unixgram, None)]
threads = []
for n, h in enumerate(handlers):
    h.conn, h.seq, h.sent, h.failed = n, 0, [], 0
    log = logging.getLogger("live.conn%d.é" % n)
    log.setLevel(1)
    log.propagate = False
    log.addHandler(h)

    def run(log=log, n=n, part=0):
        rnd = random.Random(n * 1000 + part)
        for i in range(count // len(handlers) // 2):
            log_one(log, rnd, i * 2 + part)
            if n == 6 and i % 5 == 0:
                time.sleep(0.002)  # UDP has no way to slow a sender down

    # Two threads share each connection.
    threads += [threading.Thread(target=run, kwargs={"part": p}, name="sender-%d-%d" % (n, p)) for p in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
with open(out, "w") as f:
    for h in handlers:
        h.close()
        if h.failed:
            sys.exit("%d records of connection %d could not be sent" % (h.failed, h.conn))
        for line in h.sent:
            f.write(json.dumps(line) + "\n")
