# Logs records of several kinds through HTTPHandlers: send_http.py OUT CASE...,
# where a CASE is HOST,URL,METHOD[,CAFILE[,USER,PASSWORD]], CAFILE empty for none.
# Writes to OUT what each record is, as Python's own str of its attributes.
import json
import logging
import logging.handlers
import ssl
import sys

records = []


class Noting(logging.handlers.HTTPHandler):
    def emit(self, record):
        d = self.mapLogRecord(record)
        records.append({k: str(v) for k, v in d.items()} | {"merged": record.getMessage()})
        super().emit(record)

    def handleError(self, record):
        raise


def log_all(log):
    log.info("plain")
    log.warning("slow query: %d ms of %s", 120, "tägs", extra={"table": "users", "rows": [1, 2.5, None], "ok": True})
    log.error("%(key)r and %%", {"key": ("a'b", b"\x00", {1})})
    log.critical("line\none\t%s", "\x1b[0m\U0001f642", extra={"big": 10**30, "c": 1 + 2j, "n": float("nan")})
    log.debug("no arguments %s")
    log.info("", extra={"a&b=c": "d&e=f+g %41"})
    log.log(25, "x" * 3000)
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed with %s", "it")


for case in sys.argv[2:]:
    host, url, method, cafile, user, password = (case.split(",") + [""] * 6)[:6]
    context = ssl.create_default_context(cafile=cafile) if cafile else None
    log = logging.getLogger("app." + method)
    log.setLevel(logging.DEBUG)
    h = Noting(host, url, method, secure=bool(cafile), credentials=(user, password) if user else None, context=context)
    log.addHandler(h)
    log_all(log)
    log.removeHandler(h)

with open(sys.argv[1], "w") as out:
    json.dump(records, out)
