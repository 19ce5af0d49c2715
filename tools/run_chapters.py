"""Run chapters in place and store their outputs: python tools/run_chapters.py [FILE ...].

Without a file, all of chapters/. A chapter that fails is left as it was. What the run took goes
into the notebook's metadata, from where the book shows it.
"""

import contextlib
import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

CHAPTERS = Path(__file__).parent.parent / "chapters"
VERSIONS = {"Python": platform.python_version()} | {
    name: importlib.metadata.version(package)
    for name, package in {
        "飞桨": "paddlepaddle",
        "NumPy": "numpy",
        "matplotlib": "matplotlib",
    }.items()
}


@contextlib.contextmanager
def peak_memory():
    """Yield a list whose item is the most bytes that all child processes together have held.

    A page of memory that n processes share counts 1/n for each (PSS).
    """
    peak, ended = [0], threading.Event()

    def watch():
        while not ended.wait(0.1):
            total = 0
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    memory = process.memory_full_info()
                    total += getattr(memory, "pss", memory.rss)
            peak[0] = max(peak[0], total)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def differs(cell):
    """Say whether the cell's output differs from run to run."""
    return "nbval-ignore-output" in cell.metadata.get("tags", [])


def committed(path):
    """Return the cells of the notebook as it was last committed; none of a new one."""
    show = ["git", "show", f"HEAD:./{path.name}"]
    found = subprocess.run(show, cwd=path.parent, capture_output=True)
    return nbformat.reads(found.stdout, as_version=4).cells if found.returncode == 0 else []


def keep_measured(cells, before):
    """Let cells whose output differs from run to run keep that of `before`, unless one was edited.

    Running all chapters then changes no file unless something really changed. All of them or none,
    so that the text and the plot of a measurement come from one run: `measured` says which.
    """
    new, old = ([cell for cell in notebook if differs(cell)] for notebook in (cells, before))
    same = [cell.source for cell in new] == [cell.source for cell in old]
    kept = same and all("measured" in cell.metadata for cell in old)
    now = datetime.datetime.now().isoformat(sep=" ", timespec="seconds")
    for number, cell in enumerate(new):
        cell.metadata["measured"] = old[number].metadata.measured if kept else now
        if kept:
            cell.outputs = old[number].outputs
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count


def run(path):
    """Execute a notebook in place, note what it took, and store the outputs."""
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    with peak_memory() as peak:
        NotebookClient(
            notebook,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": path.parent}},
        ).execute()
    notebook.metadata["run"] = {
        "date": datetime.date.today().isoformat(),
        "seconds": round(time.perf_counter() - start),
        "peak_mb": round(peak[0] / 1e6),
        "versions": VERSIONS,
    }
    keep_measured(notebook.cells, committed(path))
    # What would differ from machine to machine, and tells a reader nothing.
    notebook.metadata["language_info"] = {"name": "python"}
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    os.replace(temporary, path)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:] or sorted(CHAPTERS.glob("*.ipynb"))):
        print(path.name, flush=True)
        run(path)
