"""What CPython's QueueHandler and QueueListener make of the same: python3 -c SCRIPT mode variant dir

Reads the lines to log from dir/lines and appends what destination i is handed to
dir/found.i. Prints as JSON how many lines the logging calls took, and what else there
is to say.
"""
import json, logging, logging.handlers, os, queue, sys, threading, time

mode, variant, where = sys.argv[1:4]
logging.raiseExceptions = False
with open(os.path.join(where, "lines")) as f:
    lines = f.read().splitlines()


class Destination(logging.Handler):
    def __init__(self, i, bad=None):
        super().__init__()
        self.out = open(os.path.join(where, "found.%d" % i), "w")
        self.bad, self.handed = bad, 0

    def emit(self, record):
        self.handed += 1
        if self.bad:
            self.bad(self, record)
        self.out.write(record.getMessage() + "\n")


def slow(d, record):
    if d.handed % 100 == 0:
        time.sleep(0.001)


def raising(d, record):
    if d.handed >= 10:
        raise ValueError("broken")


def hanging(d, record):
    if d.handed >= 10:
        threading.Event().wait()


def loops(d, record):
    if rounds[0] < 1000:
        rounds[0] += record.getMessage() == "about myself"
        log.info("about myself")
    if record.getMessage() == "about myself":
        raise LookupError  # which is no line of ours


rounds = [0]
q = queue.Queue(256 if mode in ("full", "stop") else 0)
handler = logging.handlers.QueueHandler(q)
if variant == "block":
    handler.enqueue = q.put
bad = {"full": slow, "stop": hanging, "fails": raising, "hangs": hanging, "loop": loops}[mode]
destinations = [Destination(0, bad)]
if mode in ("fails", "hangs"):
    destinations += [Destination(i) for i in range(1, 5)]
if mode == "loop":
    destinations[0].handle = lambda record: Destination.handle(destinations[0], record)
    emit = destinations[0].emit

    def guarded(record):
        try:
            emit(record)
        except LookupError:
            pass

    destinations[0].emit = guarded
log = logging.getLogger("app")
log.setLevel(logging.INFO)
log.addHandler(handler)
listener = logging.handlers.QueueListener(q, *destinations)
listener.start()
threading.excepthook = lambda args: None  # the listener's end, told below
notes = []
for line in lines:
    log.info(line)
time.sleep(0.2)
if listener._thread and not listener._thread.is_alive():
    notes.append("its listener's thread is dead")
ended = []
stopping = threading.Thread(target=lambda: (listener.stop(), ended.append("")), daemon=True)
stopping.start()
stopping.join(5)
if not ended:
    notes.append("stop has not ended after 5 s" if stopping.is_alive() else "stop raises")
if rounds[0]:
    notes.append("a record about itself went round %s times" % (rounds[0] if rounds[0] < 1000 else "1000 and more"))
for d in destinations:
    d.out.flush()
print(json.dumps({"taken": len(lines), "notes": notes}))
sys.stdout.flush()
os._exit(0)
