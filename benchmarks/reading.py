"""How fast the data is read and batched, beside the obvious ways: python benchmarks/reading.py.

Every way runs in a process of its own, the ways in turn, several times over.
Shown are medians, the spread, and the ratio to the first way of each table:
believe the ratios.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "work" / "mnist.json.gz"
REPEATS = 5

START = """
import gzip, json, os, resource, shutil, sys, time
sys.path.insert(0, {root!r})
import numpy as np
from mnist_course import load_data, load_mnist
"""
END = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - begin, peak]))
"""

# What is measured stands after BEGIN; {folder} has a copy of the data file.
READING = {
    "json.load(gzip.open(...))": "BEGIN\ndata = json.load(gzip.open('{folder}/mnist.json.gz'))",
    "load_mnist, first time": (
        "for name in os.listdir('{folder}'):\n"
        "    if name.endswith('.npz'): os.unlink('{folder}/' + name)\n"
        "BEGIN\ndata = load_mnist('{folder}/mnist.json.gz')"
    ),
    "load_mnist, again": "BEGIN\ndata = load_mnist('{folder}/mnist.json.gz')",
}

EPOCH = """
images, labels = load_mnist().train
reader = load_data("train", seed=0)
order = np.random.default_rng(0).permutation(len(images))

def copies():
    for start in range(0, len(images), 100):
        yield images[start : start + 100].copy(), labels[start : start + 100].copy()

def rows(images, labels):
    batch_images, batch_labels = [], []
    for i in order:
        batch_images.append(np.reshape(images[i], [1, 28, 28]).astype("float32"))
        batch_labels.append(np.reshape(labels[i], [1]).astype("float32"))
        if len(batch_images) == 100:
            yield np.array(batch_images), np.array(batch_labels)
            batch_images, batch_labels = [], []
"""
EPOCHS = {
    "rows of lists, one by one": "images, labels = images.tolist(), labels.tolist()\n"
    "BEGIN\nfor batch in rows(images, labels): pass",
    "load_data": "for batch in reader(): pass\nBEGIN\nfor batch in reader(): pass",
    "a copy of the same bytes": "for batch in copies(): pass\nBEGIN\nfor batch in copies(): pass",
}


def measure(code, folder):
    """Return the seconds after BEGIN, and the peak memory of the process in MB."""
    code = code.replace("BEGIN", "begin = time.perf_counter()").replace("{folder}", folder)
    program = START.format(root=str(ROOT)) + code + END
    return json.loads(subprocess.check_output([sys.executable, "-c", program]))


def table(title, ways, folder):
    """Measure all ways in turn and print a row for each."""
    results = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, code in ways.items():
            results[name].append(measure(code, folder))
    print(f"\n{title:<28} {'seconds':>8} {'min':>8} {'max':>8} {'ratio':>7} {'MB':>6} {'ratio':>6}")
    for name, runs in results.items():
        seconds, memory = (statistics.median(column) for column in zip(*runs, strict=True))
        if name == next(iter(ways)):
            first = seconds, memory
        times = [run[0] for run in runs]
        print(
            f"{name:<28} {seconds:8.3f} {min(times):8.3f} {max(times):8.3f} "
            f"{first[0] / seconds:7.1f} {memory:6.0f} {first[1] / memory:6.1f}",
            flush=True,
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, DATA.name).write_bytes(DATA.read_bytes())
        table("Reading the file", READING, folder)
        table("An epoch of 500 batches", {n: EPOCH + c for n, c in EPOCHS.items()}, folder)
