"""Writes a line an hour through TimedRotatingFileHandler, by a clock of its own, and
prints the numbers of the lines before which it has rolled over.

usage: clock.py FILE BACKUPS SECONDS HOURS
"""

import logging
import logging.handlers
import os
import sys
import time
import types
import zlib

path, backups, now, hours = sys.argv[1], *map(int, sys.argv[2:])
clock = types.ModuleType("time")
clock.__dict__.update(time.__dict__)
clock.time = lambda: now
logging.handlers.time = clock

handler = logging.handlers.TimedRotatingFileHandler(path, when="midnight", backupCount=backups)
handler.setFormatter(logging.Formatter("%(message)s"))
LETTERS = "abcdefghijklmnopqrstuvwxyz"
rolls = []
roll = handler.doRollover


def counted():
    rolls.append(seq)
    roll()


handler.doRollover = counted
for seq in range(hours):
    head = f"0 {seq} "
    body = head + (LETTERS * 4)[seq % 26:][:60 - len(head) - 10]
    handler.handle(logging.LogRecord("faults", logging.INFO, "", 0, f"{body} {zlib.crc32(body.encode()):08x}", None, None))
    os.utime(path, (now, now))
    now += 3600
handler.close()
print(*rolls)
