"""Measure the course's data path beside its peers: make bench.

Each way runs in a process of its own, the ways in turn, several times over; imports are not timed.
A run beside which other processes were busy is repeated, and marked if that did not help. What the
ways give is compared: equal, or no times are shown. The tables go to the screen and, with versions
and machine, to benchmarks/results.json: only of a whole run (all sections, the lesson's too), for
the page side-by-side needs every row. A peer that is not installed is listed as such.
"""

import argparse
import datetime
import importlib
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from machine import BUSY, others, processor_seconds

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # mnist_course
DATA = HERE.parent / "work" / "mnist.json.gz"
SECTIONS = ["reading", "epochs", "lesson", "waiting", "growth", "unlocked"]
TRIES = 3  # of a run that others spoil
ENOUGH = 45  # seconds of a way's runs: after them, two runs will do
PEERS = ["numpy", "paddlepaddle", "torch", "torchvision", "tensorflow-cpu", "datasets", "grain"]
PEERS += ["orjson", "pysimdjson", "tensorflow-datasets", "webdataset", "psutil"]


def measured(function):
    """Call a function; return its seconds, the process's peak of memory in MB, its result."""
    begin = time.perf_counter()
    found = function()
    seconds = time.perf_counter() - begin
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, found


def run_here(section, way, folder):
    """Measure one way in this process and print what was found."""
    module = importlib.import_module(section)
    if way == "prepare":
        module.prepare(Path(folder), DATA)
        print("null")
        return
    try:
        start = module.WAYS[way](Path(folder))
    except (ImportError, MemoryError) as error:
        print(json.dumps({"missing": str(error).splitlines()[0]}))
        return
    print(json.dumps(module.measure(start, measured)))


def run(section, way, folder):
    """Measure one way in a process of its own; say how many processors others used meanwhile."""
    command = [sys.executable, __file__, "--one", section, way, str(folder)]
    before, begin = processor_seconds(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    whole = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{section}, {way}: failed.\n{done.stderr[-3000:]}")
    found = json.loads(done.stdout.splitlines()[-1]) or {}
    return {**found, "whole": whole, "others": others(before, processor_seconds(), whole)}


def run_undisturbed(section, way, folder):
    """Measure one way, again if others were busy; return the run that was disturbed least."""
    runs = []
    while len(runs) < TRIES and all(one["others"] > BUSY for one in runs):
        runs.append(run(section, way, folder))
        if "missing" in runs[-1]:
            break
    return min(runs, key=lambda one: one["others"])


def compare(section, quick, lesson):
    """Measure the ways of a section in turn; return a row for each."""
    module = importlib.import_module(section)
    ways = [way for way in module.WAYS if not quick or way.startswith(module.QUICK)]
    with tempfile.TemporaryDirectory() as folder:
        if lesson:
            shutil.copy(lesson, Path(folder, "lesson.md"))
        run(section, "prepare", folder)  # here, its peak of memory would be handed on to the ways
        runs = {way: [] for way in ways}
        for _ in range(1 if quick else getattr(module, "REPEATS", 5)):
            for way, found in runs.items():
                if not is_done(found):
                    found.append(run_undisturbed(section, way, folder))
                    print(".", end="", file=sys.stderr, flush=True)
    digests = {way: {one.get("digest") for one in found} - {None} for way, found in runs.items()}
    if len(set().union(*digests.values())) > 1:
        sys.exit(f"{section}: the ways do not give the same data: {digests}")
    return [row(way, found) for way, found in runs.items()]


def is_done(runs):
    """Say whether a way needs no further run: it is not installed, or slow and measured twice."""
    missing = bool(runs) and "missing" in runs[0]
    return missing or (len(runs) > 1 and sum(one["whole"] for one in runs) > ENOUGH)


def row(way, runs):
    """Sum up the runs of a way."""
    if "missing" in runs[0]:
        return {"way": way, "missing": runs[0]["missing"]}
    seconds = [second for run in runs for second in run["seconds"]]
    efficiency = [run["efficiency"] for run in runs if "efficiency" in run]
    busy = sum(run["others"] > BUSY for run in runs)
    return {
        "way": way,
        "runs": len(runs),
        "seconds": statistics.median(seconds),
        "min": min(seconds),
        "max": max(seconds),
        "peak_mb": statistics.median(run["peak_mb"] for run in runs),
        **({"efficiency": statistics.median(efficiency)} if efficiency else {}),
        **{name: runs[0][name] for name in ("samples", "gives") if name in runs[0]},
        "others": round(max(run["others"] for run in runs), 2),
        **({"busy": busy} if busy else {}),
    }


def table(title, rows):
    """Print the rows of a section; ratios are to the first that was measured."""
    first = next((one for one in rows if "missing" not in one), {})
    print(f"\n{title}")
    efficiency = "efficiency" if "efficiency" in first else ""
    print(
        f"{'':<50}{'seconds':>9}{'min':>9}{'max':>9}{'faster':>8}{'MB':>7}{'less':>6}{efficiency:>12}"
    )
    for one in rows:
        if "missing" in one:
            print(f"{one['way']:<50}{one['missing']}")
            continue
        print(
            f"{one['way']:<50}{one['seconds']:9.3f}{one['min']:9.3f}{one['max']:9.3f}"
            f"{first['seconds'] / one['seconds']:8.1f}{one['peak_mb']:7.0f}"
            f"{first['peak_mb'] / one['peak_mb']:6.1f}"
            + (f"{one['efficiency']:12.2f}" if "efficiency" in one else "")
            + (f"  busy: {one['busy']} of {one['runs']} runs" if "busy" in one else "")
        )


def versions():
    """Return the versions of Python and of the peers that are installed."""
    found = {"python": platform.python_version()}
    for name in PEERS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def main():
    """Measure what is asked for, print it and write it down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the main ways, once each")
    parser.add_argument("--lesson", metavar="FILE", help="Markdown with the lesson's own code")
    parser.add_argument("--one", nargs=3, metavar=("SECTION", "WAY", "FOLDER"), help="(internal)")
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; default: all")
    options = parser.parse_args()
    if options.one:
        run_here(*options.one)
        return
    results = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "versions": versions(),
        "quick": options.quick,
        "sections": {},
    }
    for name in options.sections or SECTIONS:
        module = importlib.import_module(name)
        if options.quick and not module.QUICK:
            continue
        rows = compare(name, options.quick, options.lesson)
        table(module.TITLE, rows)
        results["sections"][name] = {"title": module.TITLE, "rows": rows}
    if options.lesson and not (options.quick or options.sections):
        (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
