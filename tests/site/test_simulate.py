"""The playground of chapter 08 calculates what really happens."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import ROOT

from mnist_course import prefetch

SCRIPT = ROOT / "img" / "playground.js"
BATCHES = 20
SLOWER = 3  # than the playground's times: what a busy machine adds then counts less
EVENTS = ["start", "end", "take", "done"]


@pytest.fixture
def simulate(new_page):
    """Return the function of img/playground.js: times in milliseconds, as arrays."""
    page = new_page()
    page.add_script_tag(path=SCRIPT)

    def simulate(read, step, capacity, jitter=0, readers=1):
        settings = dict(read=read, step=step, capacity=capacity, jitter=jitter, readers=readers)
        run = page.evaluate("settings => playground.simulate(settings)", settings)
        return {key: np.array(run[key]) for key in [*EVENTS, "read", "total", "sync", "bound"]}

    return simulate


def now():
    """Return the time in milliseconds, the same in every process."""
    return time.perf_counter() * 1000


def really(batches, step):
    """Train on batches that are arrays of when their reading started and ended."""
    start, end, take, done = [], [], [], []
    for batch in batches:
        take.append(now())
        times = np.array(batch[0] if isinstance(batch, list) else batch)
        time.sleep(step / 1000)
        start.append(times[0])
        end.append(times[1])
        done.append(now())
    run = dict(zip(EVENTS, map(np.array, [start, end, take, done]), strict=True))
    return {key: value - start[0] for key, value in run.items()}


def read_one(milliseconds):
    """Read a batch: an array of when it started and ended."""
    start = now()
    time.sleep(milliseconds / 1000)
    return np.array([start, now()])


def compare(expected, run, slip):
    """Check the total time, what comes before what, and how many batches wait in the queue.

    Times that differ by less than `slip` milliseconds may really come in any order.
    """
    assert len(run["take"]) == BATCHES
    assert 0.98 < run["done"][-1] / expected["total"] < 1.15
    before = np.concatenate([expected[key] for key in EVENTS])
    really = np.concatenate([run[key] for key in EVENTS])
    clear = np.subtract.outer(before, before) > slip
    assert (np.subtract.outer(really, really)[clear] > 0).all()
    np.testing.assert_array_equal(waiting(run, slip), waiting(expected, slip))


def waiting(run, slip):
    """Return how many batches stay in the queue when one is taken out."""
    read = run["end"] < run["take"][:, None] - slip / 2  # what comes just then does not count
    return np.maximum(read.sum(axis=1) - np.arange(1, BATCHES + 1), 0)


def try_again(expected, run, slip):
    """Compare, and do it again if the machine was busy with something else just then."""
    for attempt in range(5):
        try:
            return compare(expected, run(), slip)
        except AssertionError:
            if attempt == 4:
                raise


ONE_READER = [  # read, step, jitter, capacity
    *[(10, 20, 0, capacity) for capacity in range(6)],
    *[(25, 10, 0, capacity) for capacity in (0, 1, 3)],
    *[(20, 15, 100, capacity) for capacity in (0, 1, 2, 4, 8)],
    (20, 20, 50, 2),
]


def test_one_reader_is_prefetch_or_a_plain_loop(simulate):
    expected = {
        case: simulate(read * SLOWER, step * SLOWER, capacity, jitter)
        for case in ONE_READER
        for read, step, jitter, capacity in [case]
    }

    def check(case):
        _, step, _, capacity = case

        def reader():
            return map(read_one, expected[case]["read"])

        batches = prefetch(reader, capacity) if capacity else reader
        try_again(expected[case], lambda: really(batches(), step * SLOWER), slip=10)

    with ThreadPoolExecutor(len(ONE_READER)) as together:  # they only sleep
        runs = {case: together.submit(check, case) for case in ONE_READER}
    for case, run in runs.items():
        assert run.exception() is None, f"{case}: {run.exception()}"


class Batches:
    """A data set whose item is a whole batch, for Paddle's DataLoader."""

    def __init__(self, read):
        """Remember how long each batch takes."""
        self.read = read

    def __len__(self):
        """Return the number of batches."""
        return len(self.read)

    def __getitem__(self, number):
        """Read a batch."""
        return read_one(self.read[number])


@pytest.mark.parametrize(
    ("read", "step", "jitter", "capacity"),
    [
        (80, 20, 0, 4),
        (20, 20, 0, 4),
        (20, 40, 0, 2),
        (40, 20, 100, 2),
        (40, 20, 100, 6),
    ],
)
def test_two_readers_are_a_dataloader_with_two_workers(simulate, read, step, jitter, capacity):
    import paddle  # which takes seconds, and one test alone needs it

    step *= SLOWER
    expected = simulate(read * SLOWER, step, capacity, jitter, readers=2)
    loader = paddle.io.DataLoader(
        Batches(expected["read"]),
        batch_size=None,
        num_workers=2,
        prefetch_factor=capacity // 2,  # for each worker
        places=paddle.CPUPlace(),
    )
    try_again(expected, lambda: really(loader, step), slip=20)  # the second starts later


def test_the_mean_of_the_reading_times_is_the_setting(simulate):
    for jitter in range(0, 101, 10):
        read = simulate(10, 10, 3, jitter)["read"]
        assert read.mean() == pytest.approx(10)
        assert read.max() - read.min() == pytest.approx(25 * jitter / 100)


def test_no_run_is_shorter_than_the_bound_or_longer_than_in_turn(simulate):
    for read, step, capacity, jitter, readers in itertools.product(
        [2, 15, 40], [2, 15, 40], range(9), [0, 60], [1, 2, 4]
    ):
        run = simulate(read, step, capacity, jitter, readers)
        assert run["sync"] == pytest.approx(BATCHES * (read + step))
        assert run["bound"] - 1e-6 < run["total"] < run["sync"] + 1e-6
