"""What chapters/timeline.py says of an epoch, from logs whose times are known."""

import itertools
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_hex

sys.path.insert(0, str(Path(__file__).parent.parent / "chapters"))
import timeline


def log(reads, steps):
    """Return a log of one reader."""
    return timeline.Log(np.array([[*span, 7] for span in reads]), np.array(steps), [])


TURNS = log([(0, 1), (3, 4)], [(1, 3), (4, 6)])
AHEAD = log([(0, 1), (1, 2), (2, 3)], [(1, 5), (5, 9), (9, 13)])


def test_turns_do_not_overlap_and_reading_ahead_does():
    assert not timeline.overlapped(TURNS)
    assert timeline.overlapped(AHEAD)
    assert timeline.total(AHEAD) == 13
    assert timeline.busy(AHEAD.reads) == 3


def test_the_level_is_what_was_read_and_not_yet_used():
    times, counts = timeline.levels(AHEAD)
    assert times.tolist() == [0, 1, 1, 2, 3, 5, 9]
    assert counts.tolist() == [0, 1, 0, 1, 2, 1, 0]
    assert timeline.most_in_queue(AHEAD) == 2
    assert timeline.levels(TURNS)[1].tolist() == [0, 1, 0, 1, 0]


def test_a_run_keeps_the_order_and_times_within_it(monkeypatch):
    clock = itertools.count(100)  # a second passes with each look at it; reads and steps take one
    monkeypatch.setattr(timeline, "time", SimpleNamespace(perf_counter=clock.__next__))
    reader = timeline.reader_of(lambda number: (number, next(clock)), count=2)
    found = timeline.run(reader, lambda images, labels: (images, next(clock)))
    assert found.losses == [(0, 105), (1, 111)]
    assert found.reads[:, :2].tolist() == [[1, 3], [7, 9]]
    assert found.steps.tolist() == [[4, 6], [10, 12]]
    assert len(set(found.reads[:, 2])) == 1
    assert not timeline.overlapped(found)


def test_each_thread_of_a_pool_is_a_reader_of_its_own():
    both = Barrier(2)
    read = timeline.timed(lambda number: (both.wait(timeout=20), None))
    with ThreadPoolExecutor(2) as pool:
        spans = [span for _, _, span in pool.map(read, range(2))]
    assert spans[0][2] != spans[1][2]


def test_timelines_share_their_axis_and_say_what_they_leave_out(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    timeline.timelines({"短": TURNS, "长": AHEAD}, count=2)
    first, first_level, second, second_level = plt.gcf().axes
    assert first.get_xlim() == first_level.get_xlim() == second.get_xlim()
    assert first.get_title() == "短（2 批里的前 2 批）"
    assert second.get_title() == "长（3 批里的前 2 批）"
    assert second.dataLim.x1 == 9000  # where the second step ends, not the third
    assert second_level.lines[0].get_xdata().tolist() == [0, 1000, 1000, 2000, 3000, 5000, 9000]
    assert second_level.lines[0].get_drawstyle() == "steps-post"
    timeline.draw_level(second_level, log([(0, 1)] * 4, [(2, 3)] * 4), 3)
    assert second_level.get_ylim()[1] > 4  # all of what is in the queue is seen
    plt.close("all")


def bars(axes):
    """Return what a log's drawing shows: row, colour, hatch, and from when to when."""
    places = [[path.get_extents() for path in one.get_paths()] for one in axes.collections]
    return [
        (
            round(place[0].intervaly.mean()),
            to_hex(one.get_facecolor()[0]) if len(one.get_facecolor()) else None,
            one.get_hatch(),
            [bar.intervalx.tolist() for bar in place],
        )
        for one, place in zip(axes.collections, places, strict=True)
    ]


def test_a_row_for_each_reader_shows_who_worked_and_who_waited_until_the_last_step_shown():
    reads = [[1, 3, 8], [0, 2, 7], [3, 6, 7]]  # the second batch was begun first
    both = timeline.Log(np.array(reads), np.array([[3, 4], [4, 5], [6, 9]]), [])
    _, axes = plt.subplots()
    assert timeline.draw_log(axes, "池", both, count=2) == 5
    assert bars(axes) == [
        (0, timeline.BLUE, None, [[0, 2], [3, 5]]),
        (0, None, "////", [[0, 0], [2, 3]]),
        (1, timeline.BLUE, None, [[1, 3]]),
        (1, None, "////", [[0, 1]]),
        (2, timeline.GREEN, None, [[3, 4], [4, 5], [5, 5]]),
        (2, None, "////", [[0, 3], [4, 4], [5, 5]]),
    ]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["读取 1", "读取 2", "训练"]
    assert axes.yaxis_inverted()  # the first row is at the top
    plt.close("all")


def test_timelines_leave_the_queue_out(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    timeline.timelines({"短": TURNS, "长": AHEAD}, queue=False)
    assert len(plt.gcf().axes) == 2
    plt.close("all")
