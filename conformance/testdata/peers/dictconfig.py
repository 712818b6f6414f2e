"""The same records through a dictConfig here, or to a receiver.

dictconfig.py handle CONFIG ADMINS: configure logging by the JSON file CONFIG and
handle all records. ADMINS is the file that the stand-in for Django's
AdminEmailHandler writes.
dictconfig.py send PORT: send them to 127.0.0.1:PORT by SocketHandler.
"""
import json
import logging
import logging.config
import logging.handlers
import queue
import sys
import types


def records():
    names = ["django", "django.request", "django.db.backends", "myproject.custom", "myproject", "other"]
    levels = [10, 20, 25, 30, 40, 50]
    for i in range(120):
        name = names[i % len(names)]
        level = levels[(i * 7 + i // 6) % len(levels)]
        r = logging.makeLogRecord({
            "name": name, "levelno": level, "levelname": logging.getLevelName(level),
            "pathname": "/srv/app/%s.py" % name.replace(".", "/"), "filename": name.rsplit(".")[-1] + ".py",
            "module": name.rsplit(".")[-1], "lineno": 10 + i, "funcName": "view",
            "created": 1700000000.25 + i, "msecs": 250.0, "process": 4242, "processName": "MainProcess",
            "thread": 140000000000000 + i % 3, "threadName": "T%d" % (i % 3),
            "msg": ["plain %d", "caf\xe9 %d", "\u20ac and \U0001f600 %d", "special %d", "two\nlines %d"][i % 5], "args": (i,),
            "request_id": "r%d" % (i // 4),
        })
        if i % 9 == 0:
            r.exc_text = "Traceback (most recent call last):\n  File \"x.py\", line %d\nValueError: %d" % (i, i)
        yield r


def stubs(admins):
    """Modules that the configurations name, as a project would have them."""
    class SpecialFilter(logging.Filter):
        def __init__(self, foo):
            super().__init__()
            self.foo = foo

        def filter(self, record):
            return self.foo == "bar" and not record.getMessage().startswith("special")

    class RequireDebugTrue(logging.Filter):
        def filter(self, record):
            return True

    class AdminEmailHandler(logging.FileHandler):
        def __init__(self):
            super().__init__(admins, encoding="utf-8")

    parts = {
        "django": {}, "django.utils": {}, "my": {}, "project": {},
        "django.utils.log": {"RequireDebugTrue": RequireDebugTrue, "AdminEmailHandler": AdminEmailHandler},
        "project.logging": {"SpecialFilter": SpecialFilter},
        "my.module": {"queue_factory": lambda: queue.Queue()},
    }
    for name, content in sorted(parts.items()):
        module = types.ModuleType(name)
        module.__dict__.update(content)
        sys.modules[name] = module
        above, _, last = name.rpartition(".")
        if above:
            setattr(sys.modules[above], last, module)


class Configurator(logging.config.DictConfigurator):
    """QueueHandler's keys before Python 3.12, as 3.12 documents them."""

    def configure_handler(self, config):
        if sys.version_info >= (3, 12) or config.get("class") != "logging.handlers.QueueHandler":
            return super().configure_handler(config)
        targets = [self.config["handlers"][name] for name in config["handlers"]]
        if not all(isinstance(t, logging.Handler) for t in targets):
            raise TypeError("target not configured yet")
        handler = logging.handlers.QueueHandler(self.resolve(config["queue"])())
        handler.listener = logging.handlers.QueueListener(
            handler.queue, *targets, respect_handler_level=config.get("respect_handler_level", False))
        return handler


def main():
    if sys.argv[1] == "send":
        handler = logging.handlers.SocketHandler("127.0.0.1", int(sys.argv[2]))
        for r in records():
            handler.handle(r)
        handler.close()
        return
    stubs(sys.argv[3])
    with open(sys.argv[2], encoding="utf-8") as f:
        Configurator(json.load(f)).configure()
    listeners = [h.listener for h in logging.root.handlers if getattr(h, "listener", None)]
    for listener in listeners:
        listener.start()
    for r in records():
        logging.getLogger(r.name).handle(r)
    for listener in listeners:
        listener.stop()
    logging.shutdown()


main()
