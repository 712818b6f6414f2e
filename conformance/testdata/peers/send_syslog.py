"""Logs through SysLogHandler: send_syslog.py COUNT KIND ADDRESS, where KIND is udp, tcp or unix."""

import logging
import logging.handlers
import socket
import sys

count, kind, address = int(sys.argv[1]), sys.argv[2], sys.argv[3]
if kind != "unix":
    host, port = address.rsplit(":", 1)
    address = (host, int(port))
socktype = socket.SOCK_STREAM if kind == "tcp" else None
handler = logging.handlers.SysLogHandler(address, facility="local3", socktype=socktype)
handler.ident = "peer[42]: "
log = logging.getLogger("peer")
log.setLevel(logging.DEBUG)
log.addHandler(handler)
levels = [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL]
for i in range(count):
    log.log(levels[i % 5], "record %d Gr\u00fc\u00dfe\nsecond line %s", i, "x" * (i % 700))
handler.close()
