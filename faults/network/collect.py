"""The receiver of Python's logging cookbook. Appends each record's message to FILE.

usage: collect.py HOST:PORT FILE
"""
import logging
import os
import pickle
import socketserver
import struct
import sys

host, port = sys.argv[1].rsplit(":", 1)
lines = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)


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
                chunk = chunk + more
            record = logging.makeLogRecord(pickle.loads(chunk))
            os.write(lines, (record.getMessage() + "\n").encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


server = Server((host, int(port)), Stream)
print("ready", flush=True)
server.serve_forever()
