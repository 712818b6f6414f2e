"""Reads numbers, one a line, and prints for each how many seconds it takes to load
the pickle so many times.

usage: loads.py PICKLE-IN-HEX
"""

import pickle
import sys
import timeit

data = bytes.fromhex(sys.argv[1])
timer = timeit.Timer("loads(data)", globals={"loads": pickle.loads, "data": data})
for line in sys.stdin:
    print(timer.timeit(int(line)))
