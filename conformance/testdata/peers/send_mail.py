"""Mails with Python's SMTPHandler what stands in standard input as JSON: a list of
[subject, text]. Arguments: port, and plain, auth or starttls."""
import json
import logging
import logging.handlers
import sys

port, mode = int(sys.argv[1]), sys.argv[2]


class Handler(logging.handlers.SMTPHandler):
    def getSubject(self, record):
        return record.subject

    def handleError(self, record):
        raise


handler = Handler(
    ("127.0.0.1", port), "App <app@example.org>", ["Ops Team <ops@example.org>", "dev@example.org"], "",
    credentials=None if mode == "plain" else ("user", "pass"), secure=() if mode == "starttls" else None, timeout=30)
log = logging.getLogger("peer")
log.propagate = False
log.addHandler(handler)
for subject, text in json.load(sys.stdin):
    log.warning("%s", text, extra={"subject": subject})
