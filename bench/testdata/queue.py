"""Reads numbers, one a line, and prints for each how many seconds it takes to log so
many records through a QueueHandler, until a QueueListener and a RotatingFileHandler
have written them all.

usage: queue.py FILE MAXBYTES BACKUPS
"""

import logging
import logging.handlers
import queue
import sys
import time

target = logging.handlers.RotatingFileHandler(sys.argv[1], maxBytes=int(sys.argv[2]), backupCount=int(sys.argv[3]))
target.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
records = queue.SimpleQueue()
log = logging.getLogger("app.db")
log.setLevel(logging.INFO)
log.addHandler(logging.handlers.QueueHandler(records))
listener = logging.handlers.QueueListener(records, target)
for line in sys.stdin:
    start = time.perf_counter()
    listener.start()
    for _ in range(int(line)):
        log.info("request served path=%s status=%d load=%s took=%s err=%s",
                 "/api/v1/items/4711", 502, 0.73, "1.234567ms", "upstream closed the connection")
    listener.stop()
    print(time.perf_counter() - start)
