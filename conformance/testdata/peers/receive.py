"""The receiver of Python's logging cookbook, for one connection.

Usage: receive.py COUNT: prints its port, then repr() of each record's attributes as JSON lines.
"""
import json
import logging
import pickle
import socket
import struct
import sys

server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
conn, _ = server.accept()
for _ in range(int(sys.argv[1])):
    def read(n):
        data = b""
        while len(data) < n:
            piece = conn.recv(n - len(data))
            if not piece:
                sys.exit("connection closed inside of a frame")
            data += piece
        return data

    record = logging.makeLogRecord(pickle.loads(read(struct.unpack(">L", read(4))[0])))
    text = logging.Formatter("%(levelname)s %(name)s %(lineno)d %(message)s").format(record)
    print(json.dumps({"attrs": [[k, repr(v)] for k, v in record.__dict__.items()], "text": text}), flush=True)
