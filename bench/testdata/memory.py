"""Reads numbers, one a line, and prints for each how many seconds it takes to log so
many records through a MemoryHandler of 1024, whose target is a NullHandler.

usage: memory.py
"""

import logging
import logging.handlers
import sys
import time

log = logging.getLogger("app.db")
log.setLevel(logging.INFO)
log.addHandler(logging.handlers.MemoryHandler(1024, target=logging.NullHandler()))
log.propagate = False
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        log.info("request served path=%s status=%d load=%s took=%s err=%s",
                 "/api/v1/items/4711", 502, 0.73, "1.234567ms", "upstream closed the connection")
    print(time.perf_counter() - start)
