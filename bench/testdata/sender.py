"""Reads numbers, one a line, and prints for each how many seconds it takes to log so
many records through a SocketHandler or a SysLogHandler.

usage: sender.py socket|syslog HOST:PORT
"""

import logging
import logging.handlers
import sys
import time

host, port = sys.argv[2].rsplit(":", 1)
log = logging.getLogger("app.service.http")
log.setLevel(logging.INFO)
if sys.argv[1] == "socket":
    log.addHandler(logging.handlers.SocketHandler(host, int(port)))
    message, args, extra = "request %d handled in %s ms for client %s", (12345, 3.2, "10.0.0.7"), {"request_id": "a1b2c3d4e5f6", "status": 200}
else:
    log.addHandler(logging.handlers.SysLogHandler((host, int(port))))
    message, args, extra = "a message of syslog " * 9, (), None
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        log.info(message, *args, extra=extra)
    print(time.perf_counter() - start)
