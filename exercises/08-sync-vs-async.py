"""The checks of chapter 08."""

import functools
import itertools
import threading
import time

import numpy as np

from exercises.results import Hint, must, number, several, shown, stream, take

WAIT = 0.5  # seconds for what happens at once, if it happens at all


def total_time(run):
    """Ask for both times, with either side the slower one, and for a single batch."""
    for read, train, n in [(10, 2, 100), (3, 8, 20), (5, 5, 7), (4, 9, 1), (6, 1.5, 2)]:
        found = several(run(read, train, n), 2, "应该返回两个数：同步的，异步的。")
        case = f"read={read}，train={train}，{n} 批时，"
        yield f"{case}同步的时间不对。画出时间线来数一数。", number(found[0])
        yield f"{case}异步的时间不对。画出时间线来数一数。", number(found[1])


def bottleneck(run):
    """Show queues that are empty, full, or change; in the second half none is half full."""
    rng = np.random.default_rng(8)
    zeros = [0] * 24
    for hint, levels, capacity in [
        ("有一个队列几乎总是空的。", rng.integers(0, 2, 40).tolist(), 5),
        ("有一个队列几乎总是满的。", rng.integers(4, 6, 40).tolist(), 5),
        ("只有开头几次是空的，后来都是满的。", [0] * 3 + [2] * 50, 2),
        ("开始有存货，后来一直空着。", [8] * 26 + zeros, 8),
        ("开始一直空着，后来一直满着。", [*zeros, *[7] * 26], 7),
        ("只有最后几次是满的，平时都是空的。", [0] * 36 + [4, 5, 5, 5], 5),
        ("只空过一次，平时都是满的。", [6] * 45 + [0] + [6] * 4, 6),
        ("容量很大，队列里总是只有几批。", rng.integers(3, 7, 41).tolist(), 20),
        ("容量很大，队列几乎满了。", rng.integers(17, 21, 40).tolist(), 20),
        ("队列里从来不到一半。", [1, 2] * 15, 4),
        ("队列里总是超过一半。", [3, 2] * 15, 4),
        ("开头一直空着，后来常常超过一半。", [0] * 12 + [3, 2] * 6, 4),
        ("开头一直满着，后来常常不到一半。", [4] * 12 + [1, 2] * 6, 4),
        ("后一半里先满着，最后十次空着。", [0] * 30 + [5] * 20 + [0] * 10, 5),
        ("后一半的平均正好是一半。", [0, 2] * 12, 2),
        ("容量是 1，后一半里空着的多。", [1, 0, 0] * 8, 1),
    ]:
        found = run(levels, capacity)
        must(
            isinstance(found, str) and found in ("读取", "训练"),
            f"应该返回“读取”或者“训练”，你返回的是 {shown(found)}。",
        )
        yield f"有一个队列看错了：{hint}", found


def outcome(made):
    """Return what arrives from an iterator, and the error at the end."""
    arrived = []
    try:
        for batch in itertools.islice(made, 100):
            arrived.append(batch)
    except Hint:
        raise
    except Exception as error:
        return arrived, error
    return arrived, None


def ahead(run):
    """Read ahead from several readers, of which none, one or two break."""
    disk, row, zero = OSError("坏盘"), KeyError("坏行"), ZeroDivisionError("坏数")
    for parts in [
        [[4, 0, 7]],
        [[], [*range(20)], [2, 2]],
        [[7, 5, disk]],
        [[row], [3, 1]],
        [[], [3, 1, 4, zero], [8], [1, row], [6, 9]],
    ]:
        arrived, error = outcome(stream(run([functools.partial(read, part) for part in parts])))
        found = ["错误" if isinstance(each, Exception) else each for each in arrived]
        all_of_it = sum(parts, [])
        broken = [each for each in all_of_it if isinstance(each, Exception)]
        count = len(all_of_it) - len(broken)
        hint = f"{len(parts)} 个读取器一共读得到 {count} 批，你交出了 {len(found)} 批。"
        yield "读取器出了错，训练却以为读完了。", bool(broken) and error is not None
        yield "读取没有出错，你却抛出了错误。", not broken and error is not None
        for each in broken[:1]:
            yield f"抛出的不是第一个错误，而是：{shown(error)}", isinstance(error, type(each))
            yield None, str(error) == str(each)
        yield hint, found
    yield from together(run)


def read(part):
    """Yield what is no error, and raise what is one."""
    for each in part:
        if isinstance(each, Exception):
            raise each
        yield each


def together(run):
    """See whether the reader goes on while the first batch is in use, in another thread."""
    threads, taken, read_on, in_vain = set(), threading.Event(), threading.Event(), []

    def reader():
        threads.add(threading.get_ident())
        yield 7
        if not taken.wait(WAIT):
            in_vain.append("reader")
        read_on.set()
        yield from (5, 0, 8)

    made = stream(run([reader]))
    arrived = take(made, 1)
    taken.set()
    if not read_on.wait(WAIT):
        in_vain.append("training")
    arrived += take(made, 10)
    yield f"读取器交出 7、5、0、8，你交出的是 {shown(arrived)}。", arrived
    yield None, threading.get_ident() in threads
    yield None, in_vain


def ahead_of(run):
    """Take a batch, see how many more are read, stop, and see whether the thread ends."""
    for capacity in (3, 1, 6):
        threads, read = [], []

        def reader(threads=threads, read=read):
            threads.append(threading.current_thread())
            for batch in range(30):
                read.append(batch)
                yield batch

        arrived, error = outcome(stream(run(reader, capacity)))
        yield f"读取器交出 30 批，你交出了 {len(arrived)} 批。", (arrived, error is None)
        read.clear()
        made = stream(run(reader, capacity))
        take(made, 1)
        until = time.monotonic() + WAIT
        while len(read) < capacity + 1 and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.02)
        case = f"容量是 {capacity}，训练拿着一批不放，"
        yield f"{case}线程一共只读了 {len(read)} 批。", len(read) > capacity
        yield f"{case}线程读了 {len(read)} 批。", len(read) <= capacity + 2
        before = len(read)
        yield None, threading.current_thread() not in threads
        close = getattr(made, "close", None)
        must(close, "交出来的东西没有 close()：写成生成器函数，自己 yield。")
        close()
        threads[-1].join(WAIT)
        yield None, len(read) <= before + 1
        yield None, threads[-1].is_alive()


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {
    "ahead": {
        "queue.Queue(2)": "the task leaves the capacity open",
        "queue.Queue(4)": "the task leaves the capacity open",
    }
}
