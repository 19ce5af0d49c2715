"""Chapters start Paddle's workers while no thread ends that reads for Paddle.

Such a thread takes a lock of Paddle when it ends, up to five seconds after its epoch. Workers that
are started just then (by fork) have a copy of the lock that nobody will release, and now and then
wait for it forever.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import gate
import nbformat
import pytest

CHAPTERS = Path(__file__).parent.parent / "chapters"


def code(name):
    """Return the code of a chapter's cells by their ids."""
    chapter = nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4)
    return {cell.id: cell.source for cell in gate.code(chapter)}


def with_workers_at_once(source):
    """Say whether code makes a DataLoader with workers here and now, not when a function runs."""
    later = ast.FunctionDef, ast.Lambda, ast.ClassDef
    nodes = [ast.parse(source)]
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg == "num_workers":
            return True
        nodes += [child for child in ast.iter_child_nodes(node) if not isinstance(child, later)]
    return False


def test_a_page_that_starts_workers_often_does_so_in_processes_of_their_own():
    assert with_workers_at_once("list(DataLoader(data, num_workers=2))")
    cells = code("paddle-dataloader")
    assert sum("num_workers" in source for source in cells.values()) > 10
    assert [name for name, source in cells.items() if with_workers_at_once(source)] == []


IMPORTS = """
import threading
import numpy as np
import mnist_course.model, paddle
from paddle.io import DataLoader, Dataset
from paddle.io.dataloader.dataloader_iter import MP_STATUS_CHECK_INTERVAL
from timeline import timed
"""
EPOCHS = """
def read(number):
    return np.zeros(1), np.zeros(1)

def reading():
    return [thread for thread in threading.enumerate() if "_thread_loop" in thread.name]

print(len(list(with_workers(read, count=3)())), len(reading()))
for _ in range(20):  # now and then it has ended by chance
    assert len(list(DataLoader(Batches(read, 3), batch_size=None, num_workers=1))) == 3
    if left := reading():
        break
print(len(left), MP_STATUS_CHECK_INTERVAL)
left[0].join(60)
print(len(reading()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Paddle has workers on Linux only")
def test_paddle_reads_on_for_seconds_after_an_epoch_and_a_page_waits_for_that():
    program = "\n".join([IMPORTS, code("inside-prefetch")["ip-loader-code"], EPOCHS])
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHAPTERS,
        env={**os.environ, "PYTHONPATH": str(CHAPTERS.parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stdout.splitlines() == ["3 0", "1 5.0", "0"], run.stderr


ENDINGS = """
import os, sys, time
from limited import limited

def well():
    yield 1

def wrongly():
    yield 1
    raise ValueError

def suddenly():
    yield 1
    os._exit(3)

def never():
    yield 1
    time.sleep(60)

for work in (well, wrongly, suddenly, never):
    print(*limited(work, seconds=3))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limited needs fork")
def test_an_experiment_tells_how_it_ended():
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", ENDINGS],
        cwd=CHAPTERS,
        capture_output=True,
        encoding="utf8",
        timeout=60,
    )
    assert run.stdout.splitlines() == [
        "[1] 结束了",
        "[1] 报错 ValueError",
        "[1] 突然退出了",
        "[1] 卡住了",
    ], run.stderr
