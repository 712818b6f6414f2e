"""Prints random values as JSON lines: their pickle by each protocol, and what it
decodes to, in the typed JSON of conformance/testdata/vectors/README-network.md.

usage: values.py SEED COUNT
"""

import base64
import io
import json
import pickle
import random
import struct
import sys

rng = random.Random(int(sys.argv[1]))


def b64(data):
    return base64.b64encode(bytes(data)).decode()


def text():
    alphabet = rng.choice(["ab", "a\n\\'\"\x00", "é\xff", "€あ", "😀", "\ud800\udc00"])
    return "".join(rng.choice(alphabet + "xyz ") for _ in range(rng.choice([0, 1, 3, 7, 8, 9, 40, 255, 256, 300])))


def integer():
    bits = rng.choice([1, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 100, 2050])
    return rng.choice([-1, 1]) * rng.getrandbits(bits) + rng.choice([-1, 0, 1])


def number():
    f = rng.choice([0.0, -0.0, 1.5, 1e300, 5e-324, float("inf"), float("-inf"), float("nan"), rng.random(), 1e16])
    return rng.choice([-1, 1]) * f


SCALARS = [
    lambda: None,
    lambda: True,
    lambda: False,
    integer,
    number,
    text,
    lambda: text().encode("utf-8", "surrogatepass"),
    lambda: bytearray(rng.getrandbits(8) for _ in range(rng.choice([0, 1, 300]))),
    lambda: complex(number(), number()),
]


def hashable(depth):
    kind = rng.randrange(10)
    if depth > 0 and kind == 0:
        return tuple(hashable(depth - 1) for _ in range(rng.randrange(4)))
    if depth > 0 and kind == 1:
        return frozenset(hashable(depth - 1) for _ in range(rng.randrange(4)))
    while True:
        v = rng.choice(SCALARS)()
        if not isinstance(v, bytearray) and v == v:
            return v


def value(depth, seen):
    if seen and rng.random() < 0.1:
        return rng.choice(seen)
    kind = rng.randrange(12)
    size = rng.choice([0, 1, 2, 3, 5, 20])
    if depth == 0 or kind < 5:
        return rng.choice(SCALARS)()
    if kind < 7:
        v = []
        seen.append(v)
        v.extend(value(depth - 1, seen) for _ in range(size))
    elif kind < 9:
        v = {}
        seen.append(v)
        v.update((hashable(1), value(depth - 1, seen)) for _ in range(size))
    elif kind == 9:
        v = tuple(value(depth - 1, seen) for _ in range(size))
        seen.append(v)
    else:
        v = rng.choice([set, frozenset])(hashable(1) for _ in range(size))
        seen.append(v)
    return v


def typed(v, above=()):
    for i, outer in enumerate(reversed(above)):
        if outer is v and v != ():
            return {"cycle": i + 1}
    inside = above + (v,)
    if v is None or isinstance(v, bool):
        return v
    if isinstance(v, str):
        try:
            v.encode()
            return v
        except UnicodeEncodeError:
            return {"str_surrogatepass_b64": b64(v.encode("utf-8", "surrogatepass"))}
    if isinstance(v, int):
        return {"int": "%d" % v}
    if isinstance(v, float):
        return {"float": repr(v), "bits": struct.pack(">d", v).hex()}
    if isinstance(v, complex):
        return {"complex": [repr(v.real), repr(v.imag)]}
    if isinstance(v, (bytes, bytearray)):
        return {type(v).__name__: b64(v)}
    if isinstance(v, list):
        return [typed(x, inside) for x in v]
    if isinstance(v, dict):
        return {"dict": [[typed(k, inside), typed(x, inside)] for k, x in v.items()]}
    return {type(v).__name__: [typed(x, inside) for x in v]}


for _ in range(int(sys.argv[2])):
    v = value(3, [])
    if rng.random() < 0.5:
        v = {"msg": text(), "args": v, "created": number(), "levelno": integer()}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        slow = io.BytesIO()
        pickle._Pickler(slow, protocol).dump(v)
        for data in (pickle.dumps(v, protocol), slow.getvalue()):
            loaded = pickle.loads(data)
            print(json.dumps({"protocol": protocol, "pickle": b64(data), "value": typed(loaded)}))
