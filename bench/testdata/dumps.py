"""Reads numbers, one a line, and prints for each how many seconds it takes to make
the pickle of a value so many times, by protocol 1.

usage: dumps.py PICKLE-IN-HEX
"""

import pickle
import sys
import timeit

value = pickle.loads(bytes.fromhex(sys.argv[1]))
timer = timeit.Timer("dumps(value, 1)", globals={"dumps": pickle.dumps, "value": value})
for line in sys.stdin:
    print(timer.timeit(int(line)))
