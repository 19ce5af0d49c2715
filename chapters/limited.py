"""Runs an experiment that may hang: for the page paddle-dataloader.

An experiment is a generator function. It runs in a process of its own,
which is a copy of this one (fork: not on Windows). What it yields comes
back as messages.
"""

import contextlib
import faulthandler
import gc
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

LOG = Path(tempfile.gettempdir()) / f"limited-{os.getpid()}.log"
kept = []  # what the new process has copied, see run()
errors = [""]  # what the last experiment wrote to stderr


def limited(work, *args, seconds=20):
    """Run work(*args), until it yields nothing for so many seconds.

    Returns its messages, and how it ended: 结束了; 报错, and the error's
    name; 突然退出了, its process died; 卡住了, it had to be stopped.
    """
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    process = fork.Process(target=run, args=(work, args, there, seconds))
    process.start()
    messages, end = [], "卡住了"
    while here.poll(seconds):
        kind, message = here.recv()
        if kind != "消息":
            end = kind
            break
        messages.append(message)
    if end == "卡住了" and not process.is_alive():
        end = "突然退出了"
    with contextlib.suppress(ProcessLookupError):  # it is gone already
        os.killpg(process.pid, signal.SIGKILL)  # with its worker processes
    process.join()
    errors[0] = LOG.read_text() if LOG.exists() else ""
    LOG.unlink(missing_ok=True)
    return messages, end


def last_errors():
    """Return what the last experiment wrote to stderr.

    Of one that hung, faulthandler wrote there where each thread was.
    """
    return errors[0]


def run(work, args, pipe, seconds):
    """Do the experiment: this is the new process."""
    os.setpgrp()  # a group of its own, to be stopped with its workers
    # Threads are not copied. What needs them to be freed would fail, so
    # nothing that was copied is freed.
    kept.extend(gc.get_objects())
    os.environ["NO_COLOR"] = "1"  # no colours in tracebacks
    sys.stderr = open(LOG, "w", buffering=1)
    logging.disable()  # Paddle's warnings
    faulthandler.dump_traceback_later(0.8 * seconds, file=sys.stderr)
    try:
        for message in work(*args):
            pipe.send(("消息", message))
        pipe.send(("结束了", None))
    except Exception as error:
        time.sleep(0.3)  # other threads may still be writing their errors
        pipe.send((f"报错 {type(error).__name__}", None))
    time.sleep(60)  # until the other process stops this one
