"""What a way holds of the machine's memory, and what others take of its processors."""

import contextlib
import os

import psutil

BUSY = 0.2  # processors that others may use before a run counts as spoilt


def held_mb():
    """Return the memory that this process and its workers hold together, in MB.

    A page that n processes share counts 1/n for each (PSS), so that it is not counted twice.
    """
    total = 0
    here = psutil.Process()
    for process in [here, *here.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    return total / 1e6


def processor_seconds():
    """Return what the machine's processors have worked so far, and what of it was for us.

    Ours are this process and its children that have ended, with theirs.
    """
    times = psutil.cpu_times()
    kinds = ("user", "nice", "system", "irq", "softirq", "steal")
    return sum(getattr(times, kind, 0) for kind in kinds), sum(os.times()[:4])


def others(before, after, seconds):
    """Return how many processors others used between two calls of `processor_seconds`."""
    machine, ours = (end - begin for begin, end in zip(before, after, strict=True))
    return max(0.0, (machine - ours) / seconds)
