"""One of CPython's handlers. Logs each line of standard input, and answers each with
"+", or "-" if handleError was called for it.

usage: send.py socket|datagram|syslog-tcp|syslog-udp HOST:PORT|PATH
"""
import logging
import logging.handlers
import socket
import sys

kind, where = sys.argv[1:3]
classes = {
    "socket": logging.handlers.SocketHandler,
    "datagram": logging.handlers.DatagramHandler,
    "syslog-tcp": logging.handlers.SysLogHandler,
    "syslog-udp": logging.handlers.SysLogHandler,
}
told = False


class Handler(classes[kind]):
    def handleError(self, record):
        global told
        told = True
        super().handleError(record)


logging.raiseExceptions = False
if "/" in where:
    host, port, address = where, None, where
else:
    host, port = where.rsplit(":", 1)
    port = int(port)
    address = (host, port)
if kind.startswith("syslog"):
    handler = Handler(address, socktype=socket.SOCK_STREAM if kind == "syslog-tcp" else socket.SOCK_DGRAM)
else:
    handler = Handler(host, port)
log = logging.getLogger("faults")
log.setLevel(logging.INFO)
log.addHandler(handler)
print("ready", flush=True)
for line in sys.stdin:
    told = False
    log.info("%s", line.rstrip("\n"))
    print("-" if told else "+", flush=True)
handler.close()
