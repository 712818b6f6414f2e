"""The receiver of Python's logging cookbook, for any number of connections.

Usage: collect.py tcp|unix|udp|unixgram ADDRESS OUT [KEYHEX | brief]: appends a JSON line for
each record to OUT, if brief a line with its message, and prints "ready PORT". With a
key, frames are signed with it.
"""
import hmac
import json
import logging
import pickle
import os
import socket
import socketserver
import struct
import sys

kind, address, out = sys.argv[1:4]
brief = sys.argv[4:] == ["brief"]
key = bytes.fromhex(sys.argv[4]) if len(sys.argv) > 4 and not brief else None
lines = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)


def take(frame):
    if key is not None:
        signature, frame = frame[:32], frame[32:]
        if not hmac.compare_digest(signature, hmac.digest(key, frame, "sha256")):
            raise ValueError("forged")
    record = logging.makeLogRecord(pickle.loads(frame))
    if brief:
        os.write(lines, (record.getMessage() + "\n").encode())
        return
    text = logging.Formatter("%(levelname)s %(name)s %(message)s").format(record)
    line = {"text": text, "attrs": [[k, repr(v)] for k, v in record.__dict__.items()]}
    os.write(lines, (json.dumps(line) + "\n").encode())


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            chunk = self.connection.recv(4)
            if len(chunk) < 4:
                break
            slen = struct.unpack(">L", chunk)[0]
            chunk = self.connection.recv(slen)
            while len(chunk) < slen:
                more = self.connection.recv(slen - len(chunk))
                if not more:
                    return
                chunk += more
            take(chunk)


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        take(self.request[0][4:])


class Threads(socketserver.ThreadingMixIn):
    daemon_threads = True
    allow_reuse_address = True
    max_packet_size = 65535


def server(base, handler, where):
    return type("Server", (Threads, base) if handler is Stream else (base,), {
        "allow_reuse_address": True, "max_packet_size": 65535,
        # brief it is the cookbook's to the letter, and others are compared with it
        "request_queue_size": base.request_queue_size if brief else 100})(where, handler)


if kind in ("tcp", "udp"):
    host, port = address.rsplit(":", 1)
    where = (host, int(port))
else:
    if os.path.exists(address):
        os.remove(address)
    where = address
s = server({
    "tcp": socketserver.TCPServer, "udp": socketserver.UDPServer,
    "unix": socketserver.UnixStreamServer, "unixgram": socketserver.UnixDatagramServer,
}[kind], Stream if kind in ("tcp", "unix") else Datagram, where)
print("ready", s.server_address[1] if kind in ("tcp", "udp") else 0, flush=True)
s.serve_forever()
