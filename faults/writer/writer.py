"""Writes lines through a handler of CPython, as it is told to on standard input.

usage: writer.py SPEC, see the Go package's Spec.
"""

import json
import logging
import logging.handlers
import os
import sys
import threading
import time
import zlib

spec = json.loads(sys.argv[1])
failed = threading.local()
turn = threading.Lock()


def say(text):
    with turn:
        os.write(1, text.replace("\n", "; ").encode() + b"\n")


class Told:
    def handleError(self, record):
        failed.it = True


class Rotating(Told, logging.handlers.RotatingFileHandler):
    pass


class Watched(Told, logging.handlers.WatchedFileHandler):
    pass


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def line(seq):
    most = spec["Line"]
    size = most - seq * 7919 % (most // 2 + 1)
    head = f"{spec['Producer']} {seq} "
    fill = max(0, size - len(head) - 10)
    start = seq % 26
    body = head + (LETTERS * (fill // 26 + 2))[start:start + fill]
    return f"{body} {zlib.crc32(body.encode()):08x}"


def write(handlers, first, n, pause, step):
    for done, seq in enumerate(range(first, n, step), 1):
        record = logging.LogRecord("faults", logging.INFO, "", 0, line(seq), None, None)
        failed.it = False
        try:
            handlers[seq % len(handlers)].handle(record)
        except OSError:  # WatchedFileHandler looks at the file outside of its try
            failed.it = True
        say(f"{'-' if failed.it else '+'} {seq}")
        if pause and done % 16 == 0:
            time.sleep(pause / 1e6)


def make():
    if spec["Kind"] == "WatchedFileHandler":
        return Watched(spec["Path"])
    return Rotating(spec["Path"], maxBytes=spec["MaxBytes"], backupCount=spec["Backups"])


def main():
    try:
        handlers = [make() for _ in range(2 if spec["Twice"] else 1)]
    except OSError as err:
        say(f"! {err}")
        return
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(message)s"))
    say("= ")
    for order in sys.stdin:
        verb, *args = order.split()
        try:
            if verb == "write":
                first, n, pause = map(int, args)
                writers = max(1, spec["Writers"])
                threads = [
                    threading.Thread(target=write, args=(handlers, first + w, first + n, pause, writers))
                    for w in range(writers)
                ]
                for t in threads:
                    t.start()
                for t in threads:
                    t.join()
            elif verb == "roll":
                handlers[0].doRollover()
            elif verb == "close":
                for handler in handlers:
                    handler.close()
            say("= ")
        except OSError as err:
            say(f"! {err}")
        if verb == "close":
            return


main()
