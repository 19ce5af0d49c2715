"""Measure an epoch, and draw who worked and who waited, for the chapters.

All times are in seconds; those of a `Log` count from its start. A span is a
row of an array: begin, end and, of reading, who read.
"""

import threading
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

BLUE, GREEN, AMBER = "#2f6fb0", "#2e8b6f", "#b9770e"


class Log(NamedTuple):
    """What happened in an epoch; row i of each is of batch i."""

    reads: np.ndarray  # begin, end, who
    steps: np.ndarray  # begin, end
    losses: list


def timed(read):
    """Return a function that gives the batch of `read`, and its span."""

    def timed_read(number):
        begin = time.perf_counter()
        images, labels = read(number)
        end = time.perf_counter()
        # The system's number of the thread, which no other process has.
        who = threading.get_native_id()
        return images, labels, np.array([begin, end, who])

    return timed_read


def reader_of(read, count=20):
    """Return a reader whose epoch has `count` batches, each timed."""

    def reader():
        for number in range(count):
            yield timed(read)(number)

    return reader


def run(reader, step):
    """Train for an epoch and return its `Log`."""
    reads, steps, losses = [], [], []
    start = time.perf_counter()
    for images, labels, span in reader():
        begin = time.perf_counter()
        losses.append(step(images, labels))
        steps.append([begin, time.perf_counter()])
        reads.append(np.asarray(span))
    return Log(
        np.array(reads) - [start, start, 0], np.array(steps) - start, losses
    )


def total(log):
    """Return how long the epoch took."""
    return log.steps[-1, 1]


def busy(spans):
    """Return how long the spans are together."""
    return (spans[:, 1] - spans[:, 0]).sum()


def overlapped(log):
    """Say whether a batch was read while another was trained on."""
    return any(
        read[0] < step[1] and step[0] < read[1]
        for read in log.reads
        for step in log.steps
    )


def levels(log):
    """Return times, and how many batches are read but not used then."""
    changes = [(end, 1) for _, end, _ in log.reads]
    changes += [(begin, -1) for begin, _ in log.steps]
    changes.sort(key=lambda change: (change[0], -change[1]))
    times, counts = [0.0], [0]
    for moment, change in changes:
        times.append(moment)
        counts.append(counts[-1] + change)
    return np.array(times), np.array(counts)


def most_in_queue(log):
    """Return the most batches that were read and not yet trained on."""
    return int(levels(log)[1].max())


def draw_row(axes, row, spans, until, color):
    """Draw a row up to a time: solid is working, hatched is waiting."""
    working, waiting, free = [], [], 0
    for begin, end in spans:
        begin, end = min(begin, until), min(end, until)
        waiting.append((free, begin - free))
        working.append((begin, end - begin))
        free = end
    place = (row - 0.4, 0.8)
    axes.broken_barh(working, place, fc=color, ec="white")
    axes.broken_barh(
        waiting, place, fc="none", ec="#c9a25a", hatch="////", lw=0
    )


def draw_log(axes, title, log, count):
    """Draw the first `count` batches of a log, and return where it ends."""
    count = min(count, len(log.steps))
    until = log.steps[count - 1, 1]
    reads = log.reads[log.reads[:, 0].argsort()]
    readers = list(dict.fromkeys(reads[:, 2]))  # without repetitions
    for row, who in enumerate(readers):
        draw_row(axes, row, reads[reads[:, 2] == who, :2], until, BLUE)
    draw_row(axes, len(readers), log.steps, until, GREEN)
    names = ["读取"]
    if len(readers) > 1:
        names = [f"读取 {i + 1}" for i in range(len(readers))]
    axes.set_yticks(range(len(readers) + 1), [*names, "训练"])
    axes.invert_yaxis()
    axes.set_title(f"{title}（{len(log.steps)} 批里的前 {count} 批）")
    return until


def draw_level(axes, log, until):
    """Draw how many batches the queue holds up to a time."""
    times, counts = levels(log)
    early = times <= until
    axes.step(times[early], counts[early], where="post", color=AMBER)
    axes.set(ylabel="队列里\n的批数", ylim=(0, max(counts.max(), 2) + 0.5))
    axes.yaxis.get_major_locator().set_params(integer=True)


def timelines(logs, count=12, queue=True):
    """Draw logs below each other, {title: log}, on one axis of time.

    A millisecond is as long in each, so that what was saved is seen. Below
    each, if `queue`, are the batches that were read and not yet used.
    """
    each = 2 if queue else 1
    figure, axes = plt.subplots(
        each * len(logs),
        1,
        figsize=(7, (2.5 if queue else 1.6) * len(logs) + 0.3),
        sharex=True,
        squeeze=False,
        height_ratios=[3, 2][:each] * len(logs),
    )
    axes = list(axes[:, 0])
    for place, (title, log) in enumerate(logs.items()):
        in_ms = [log.reads * [1000, 1000, 1], log.steps * 1000, log.losses]
        log = Log(*in_ms)
        until = draw_log(axes[each * place], title, log, count)
        if queue:
            draw_level(axes[each * place + 1], log, until)
    axes[-1].set(xlim=(0, None), xlabel="时间（毫秒）；斜线是在等")
    plt.show()
