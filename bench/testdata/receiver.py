"""The receiver of Python's logging cookbook, to a rotating file. Prints its port; then
reads numbers, one a line, and prints for each when so many records are written.

usage: receiver.py FILE MAXBYTES BACKUPS
"""

import logging
import logging.handlers
import pickle
import queue
import socketserver
import struct
import sys
import threading

target = logging.handlers.RotatingFileHandler(sys.argv[1], maxBytes=int(sys.argv[2]), backupCount=int(sys.argv[3]))
target.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
root = logging.getLogger()
root.addHandler(target)
left = 0
rounds = queue.SimpleQueue()


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        global left
        while True:
            chunk = self.connection.recv(4)
            if len(chunk) < 4:
                break
            slen = struct.unpack(">L", chunk)[0]
            chunk = self.connection.recv(slen)
            while len(chunk) < slen:
                chunk = chunk + self.connection.recv(slen - len(chunk))
            record = logging.makeLogRecord(pickle.loads(chunk))
            logging.getLogger(record.name).handle(record)
            if left == 0:
                left = rounds.get()
            left -= 1
            if left == 0:
                print("done")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


server = Server(("127.0.0.1", 0), Stream)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1])
for line in sys.stdin:
    rounds.put(int(line))
