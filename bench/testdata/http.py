# Logs through HTTPHandler to argv[1], as many records as each line of input says.
import logging
import logging.handlers
import sys
import time

log = logging.getLogger("bench")
log.setLevel(logging.INFO)
log.addHandler(logging.handlers.HTTPHandler(sys.argv[1], "/log", "POST"))
extra = {"method": "GET", "status": 200, "seconds": 0.125, "took": "1.5ms", "err": "unexpected EOF"}
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        log.info("request served", extra=extra)
    print(time.perf_counter() - start)
