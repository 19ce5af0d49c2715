"""Reading ahead: the same batches, nothing lost, nothing left behind."""

import contextlib
import gc
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
import weakref
from pathlib import Path

import numpy as np
import pytest
from conftest import small_sets

from mnist_course import load_data, prefetch

ROOT = Path(__file__).parent.parent


class Batch:
    """Something that can be watched while it lives."""

    def __init__(self, number):
        """Remember which batch this is."""
        self.number = number


def numbers(count=20, pause=0.0):
    """Return a reader of `count` batches."""

    def reader():
        for number in range(count):
            time.sleep(pause)
            yield Batch(number)

    return reader


def threads():
    """Return the reading threads that run."""
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def wait_until(condition):
    """Wait until `condition` holds, at most 20 seconds."""
    until = time.monotonic() + 20
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def no_thread_is_left():
    """Check that after each test no thread goes on running."""
    yield
    wait_until(lambda: not threads())
    assert not threads()


@pytest.fixture(autouse=True)
def no_test_hangs():
    """Fail where a test waits for a batch in vain."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("waited 60 s in vain"))
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def hesitant(monkeypatch):
    """Let the other thread go on after each put and release, so that their order tells."""

    class Queue(queue.SimpleQueue):
        """It can be asked for nothing but a batch, however long that takes."""

        def put(self, item):
            super().put(item)
            time.sleep(0.01)

        def get(self):
            return super().get()

    class Semaphore(threading.Semaphore):
        """Who waits for it, however long that takes, runs before the caller of `release`."""

        def acquire(self):
            return super().acquire()

        def release(self):
            super().release()
            time.sleep(0.01)

    monkeypatch.setattr(queue, "SimpleQueue", Queue)
    monkeypatch.setattr(threading, "Semaphore", Semaphore)


@pytest.mark.parametrize("capacity", [1, 2, 5, 100])
def test_the_same_batches_in_the_same_order_in_each_epoch(write, capacity):
    path = write(small_sets(sizes=(55, 1, 1)))
    direct = load_data(path=path, batch_size=10, seed=3)
    ahead = prefetch(load_data(path=path, batch_size=10, seed=3), capacity)
    for _ in range(3):
        for (images, labels), (images2, labels2) in zip(direct(), ahead(), strict=True):
            np.testing.assert_array_equal(images, images2)
            np.testing.assert_array_equal(labels, labels2)


def test_an_empty_epoch_is_empty():
    assert list(prefetch(numbers(0))()) == []


def test_it_reads_while_the_caller_works():
    reading = threading.Event()

    def reader():
        yield 1
        reading.set()
        yield 2

    batches = prefetch(reader)()
    assert next(batches) == 1
    assert reading.wait(5)  # before the second batch is asked for
    assert next(batches) == 2


def test_nothing_is_read_before_the_first_batch_is_asked_for():
    prefetch(numbers())()
    assert not threads()


@pytest.mark.parametrize("capacity", [(1,), (2,), (5,), ()])
def test_beside_the_callers_batch_just_capacity_are_made_and_none_after_a_stop(hesitant, capacity):
    made = []

    def reader():
        for number in range(10):
            made.append(number)
            yield number

    ahead, (places,) = prefetch(reader, *capacity), capacity or (5,)
    for _ in range(2):  # an epoch that was stopped, or went to its end, changes nothing
        made.clear()
        batches = ahead()
        assert next(batches) == 0
        wait_until(lambda: len(made) > places)
        time.sleep(0.05)  # enough to make one too many
        assert len(made) == 1 + places and len(threads()) == 1
        batches.close()
        wait_until(lambda: not threads())
        assert len(made) == 1 + places
        assert list(ahead()) == list(range(10))


def test_epochs_that_run_at_once_do_not_mix():
    ahead = prefetch(lambda: iter(range(20)), 3)
    one, other = ahead(), ahead()
    for number in range(20):
        assert next(one) == next(other) == number
        if number == 10:
            one.close()
            one = iter(range(11, 20))
    assert list(other) == []


@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_never_more_than_capacity_and_two_batches_are_alive(capacity):
    alive, most = weakref.WeakSet(), 0

    def reader():
        nonlocal most
        for number in range(3000):
            batch = Batch(number)
            alive.add(batch)
            most = max(most, len(alive))
            yield batch
            del batch

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # let the threads meet in every way
    try:
        for batch in prefetch(reader, capacity)():  # holds one while it asks for the next
            assert batch.number < 3000
    finally:
        sys.setswitchinterval(interval)
    assert capacity < most <= capacity + 2


@pytest.mark.parametrize("kind", [OSError, SystemExit])
def test_an_exception_arrives_with_its_own_traceback(hesitant, kind):
    def fail():
        raise kind("the disk is gone")

    def reader():
        yield 1
        fail()

    batches = prefetch(reader)()
    assert next(batches) == 1
    for failing in (batches, prefetch(fail)()):  # the other one when it is called
        with pytest.raises(kind, match="the disk is gone") as error:
            next(failing)
        assert "fail" in [frame.name for frame in traceback.extract_tb(error.tb)]
        assert list(failing) == []


def test_an_exception_of_the_reader_does_not_hang_when_the_caller_stopped_before():
    def reader():
        yield from range(3)
        raise OSError("the disk is gone")

    assert next(prefetch(reader, 1)()) == 0


@pytest.mark.parametrize("end", ["break", "exception", "interrupt", "forgotten"])
def test_stopping_early_ends_the_thread_and_the_reader(end):
    closed = threading.Event()

    def reader():
        try:
            yield from map(Batch, range(10_000))
        finally:
            closed.set()

    def use():
        for batch in prefetch(reader, 3)():
            if batch.number == 5:
                if end == "exception":
                    raise RuntimeError
                if end == "interrupt":
                    raise KeyboardInterrupt
                break

    if end == "forgotten":
        next(prefetch(reader, 3)())
    elif end == "break":
        use()
    else:
        with pytest.raises((RuntimeError, KeyboardInterrupt)):
            use()
    assert closed.wait(1)


def test_ctrl_c_is_heard_while_a_batch_is_waited_for():
    reading_on = threading.Event()

    def reader():
        yield 1
        reading_on.wait(10)

    batches = prefetch(reader)()
    next(batches)
    # A process started in the background ignores Ctrl-C: make it as in a terminal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt):
            next(batches)
    finally:
        signal.signal(signal.SIGINT, before)
        reading_on.set()


def test_a_program_ends_in_the_middle_of_an_epoch():
    code = (
        "from mnist_course import prefetch\n"
        "batches = prefetch(lambda: iter(range(100)))()\n"
        "print(next(batches))"
    )
    run = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.check_output(run, env=env, timeout=30).strip() == b"0"


def test_a_thousand_random_stops_leave_nothing_behind():
    rng = np.random.default_rng(0)
    alive = weakref.WeakSet()

    def reader():
        for number in range(30):
            batch = Batch(number)
            alive.add(batch)
            if rng_reader.random() < 0.05:
                time.sleep(0.001)
            yield batch
            del batch

    for _ in range(1000):
        rng_reader = np.random.default_rng(int(rng.integers(1000)))
        stop = rng.integers(0, 31)
        for count, batch in enumerate(prefetch(reader, int(rng.integers(1, 6)))()):
            assert batch.number == count
            if count == stop:
                break
        del batch
    wait_until(lambda: not threads())
    gc.collect()
    assert not alive


@pytest.mark.parametrize("capacity", [0, -1, 2.5, "5", None])
def test_an_impossible_capacity_is_refused(capacity):
    with pytest.raises(ValueError, match="capacity: expected a whole number from 1, found"):
        prefetch(numbers(), capacity)


def test_an_error_that_was_dealt_with_keeps_no_batch_alive():
    class Batch:
        """Something that a weak reference can point at."""

    def broken():
        yield Batch()
        raise OSError("no more")

    gc.collect()
    gc.disable()
    try:
        seen = []
        with contextlib.suppress(OSError):
            for batch in prefetch(broken)():
                seen.append(weakref.ref(batch))
                del batch
        assert [ref() for ref in seen] == [None]
    finally:
        gc.enable()
