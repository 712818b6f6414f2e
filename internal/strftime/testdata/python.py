"""Answers requests, one JSON object a line, with what time.strftime gives."""
import json
import os
import sys
import time

zone = None
for line in sys.stdin:
    q = json.loads(line)
    if q["zone"] != zone:
        zone = os.environ["TZ"] = q["zone"]
        time.tzset()
    t = (time.gmtime if q["utc"] else time.localtime)(q["unix"])
    print(json.dumps(time.strftime(q["layout"], t)))
