"""Reading that is Python code, beside a step of NumPy, on a free-threaded Python.

One binary with its lock (``PYTHON_GIL=1``) and without: python3.14t or python3.13t on the PATH, or
the one that the environment variable FREE_THREADED names; NumPy must be installed there.
"""

import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

TITLE = "20 batches that are read in pure Python, on a free-threaded Python"
QUICK = ()


def prepare(folder, data):
    """Nothing is read from files."""


def way(folder, lock, ahead):
    python = os.environ.get("FREE_THREADED") or shutil.which("python3.14t")
    python = python or shutil.which("python3.13t")
    if not python:
        raise ImportError("not found: a free-threaded Python (python3.13t, FREE_THREADED)")
    command = [python, __file__, ahead]
    environment = {**os.environ, "PYTHON_GIL": lock}

    def epoch():
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.split()

    return epoch


WAYS = {
    f"{name}: {ahead}": partial(way, lock=lock, ahead=ahead)
    for name, lock in (("with the lock", "1"), ("without the lock", "0"))
    for ahead in ("no reading ahead", "prefetch")
}


def measure(epoch, measured):
    """Return the seconds of an epoch in the other Python, and what was read there."""
    _, peak, (seconds, content) = measured(epoch)
    return {"seconds": [float(seconds)], "peak_mb": peak, "digest": content}


def main():
    """Read and compute, in the free-threaded Python; print the seconds and the batches' sum."""
    import numpy as np

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mnist_course"))
    from prefetch import prefetch  # alone: what else the course needs has no such wheels

    def reader():
        for number in range(20):
            yield sum(pixel * number for pixel in range(400_000))

    numbers = np.linspace(0, 1, 2_000_000)
    start = prefetch(reader) if sys.argv[1] == "prefetch" else reader
    content, begin = 0, time.perf_counter()
    for batch in start():
        np.sin(numbers)
        content += batch
    print(time.perf_counter() - begin, content)


if __name__ == "__main__":
    main()
