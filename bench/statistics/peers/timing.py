"""Times a call and prints a line: the name, seconds for one call, and the answer."""

import json
import time


def report(task, call, answer, least=0.3, scale=1.0):
    """Repeats `call` for at least `least` seconds; `scale` turns one call into what is measured."""
    result = call()
    repeats, began = 0, time.perf_counter()
    while repeats == 0 or time.perf_counter() - began < least:
        result = call()
        repeats += 1
    seconds = (time.perf_counter() - began) / repeats * scale
    print(json.dumps({"task": task, "seconds": seconds, "answer": answer(result)}), flush=True)


def once(task, call, answer, scale=1.0):
    """One call, for what takes seconds."""
    began = time.perf_counter()
    result = call()
    seconds = (time.perf_counter() - began) * scale
    print(json.dumps({"task": task, "seconds": seconds, "answer": answer(result)}), flush=True)
