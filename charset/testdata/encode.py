"""Encode each case of standard input as CPython's str.encode does.

A case is a line of JSON, [encoding, errors, [code points]]; so is an answer:
{"code": hexadecimal}, or what the exception says.
"""

import json
import sys

for line in sys.stdin:
    encoding, errors, points = json.loads(line)
    try:
        answer = {"code": "".join(map(chr, points)).encode(encoding, errors).hex()}
    except UnicodeEncodeError as e:
        answer = {"codec": e.encoding, "start": e.start, "end": e.end, "reason": e.reason, "message": str(e)}
    except UnicodeError as e:  # idna's
        answer = {"refused": True, "message": str(e)}
    except LookupError as e:
        answer = {"message": str(e.__cause__ or e)}  # 3.11 wraps it
    print(json.dumps(answer))
