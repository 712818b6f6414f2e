"""Prints how many nanoseconds pickle.loads takes for what is on standard input.

usage: loads.py SECONDS < record.pickle
"""

import pickle
import sys
import timeit

data = sys.stdin.buffer.read()
timer = timeit.Timer("loads(data)", globals={"loads": pickle.loads, "data": data})
seconds = float(sys.argv[1])
count = 256
while (took := timer.timeit(count)) < seconds / 8:
    count *= 2
count = max(1, int(count * seconds / took))
print(timer.timeit(count) / count * 1e9)
