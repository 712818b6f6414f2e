# Loads a dictConfig as often as it is told to, and says how long that took.
import json
import logging
import logging.config
import sys
import time

with open(sys.argv[1]) as f:
    text = f.read()
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        logging.config.dictConfig(json.loads(text))
    print(time.perf_counter() - start)
logging.shutdown()
