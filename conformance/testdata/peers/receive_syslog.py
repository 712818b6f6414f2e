"""Receives as many syslog messages as it is told and prints each as JSON: receive_syslog.py KIND COUNT PATH,
where KIND is udp, tcp, dgram or stream. Streams end messages with NUL, as SysLogHandler does. Its first line
is where it listens."""

import json
import socket
import sys

kind, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
family = socket.AF_INET if kind in ("udp", "tcp") else socket.AF_UNIX
stream = kind in ("tcp", "stream")
s = socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0) if family == socket.AF_INET else path)
if stream:
    s.listen()
print(json.dumps(str(s.getsockname()[1]) if family == socket.AF_INET else path), flush=True)


def messages():
    if not stream:
        while True:
            yield s.recv(1 << 16)
    c, _ = s.accept()
    data = b""
    while True:
        while b"\0" in data:
            message, data = data.split(b"\0", 1)
            yield message + b"\0"
        data += c.recv(1 << 16)


for i, message in enumerate(messages(), 1):
    print(json.dumps(message.decode()), flush=True)
    if i == count:
        break
