"""The checks of the page that puts libraries side by side."""

import numpy as np

from exercises.results import items, must, number, shown


def per_sample(run):
    """Ask for slow and fast ones, above and below a microsecond."""
    for seconds, batches, size in [(0.018, 500, 100), (2.4, 300, 64), (3, 7, 1), (0.5, 1, 130)]:
        hint = f"{seconds} 秒，{batches} 批，每批 {size} 个时不对。一轮一共有几个样本？"
        yield hint, number(run(seconds, batches, size))


def measure(run):
    """Let a clock run only while something is done, each time slower; note what is done."""
    for seconds, rounds in [({"甲": 1, "乙": 4}, 3), ({"c": 2, "a": 2, "b": 7}, 4), ({"x": 5}, 2)]:
        now, order, took = [100.0], [], {name: [] for name in seconds}

        def way(name, now=now, order=order, took=took, seconds=seconds):
            def work():
                order.append(name)
                took[name].append(seconds[name] * (1 + len(order)))
                now[0] += took[name][-1]

            return work

        looked = []

        def clock(now=now, looked=looked):
            looked.append(1)
            return now[0]

        found = run({name: way(name) for name in seconds}, rounds, clock)
        must(isinstance(found, dict), f"应该返回字典，你返回的是 {shown(found)}。")
        yield f"字典里的名字应该和 ways 的相同，你的是 {shown(list(found))}。", set(found)
        times = {name: found[name] for name in seconds}
        yield "一种做法也没有运行。", bool(order)
        case = f"{len(seconds)} 种做法，rounds={rounds} 时，"
        yield f"{case}一共运行了 {len(order)} 次。", len(order)
        yield None, bool(looked)
        rows = [order[i : i + len(seconds)] for i in range(0, len(order), len(seconds))]
        yield "没有轮流：量完一遍，再从头量下一遍。", [sorted(row) for row in rows]
        must(
            all(isinstance(each, (list, tuple, np.ndarray)) for each in times.values()),
            f"名字对应的应该是各次的时间，排成列表，你的是 {shown(times)}。",
        )
        times = {name: [number(each) for each in items(some)] for name, some in times.items()}
        yield f"{case}各个列表应该有 {rounds} 个时间。", [len(each) for each in times.values()]
        wrong = [np.subtract(times[name], took[name]) for name in seconds]
        yield "时间不对：每次量的，应该正好是运行一次的时间。", wrong


def compare(run):
    """Show times that lie apart, that overlap, that touch."""
    for ours, theirs, kind in [
        ([3, 5, 4], [6, 9, 7], "没有重叠"),
        ([6, 9, 7], [3, 5, 4], "没有重叠"),
        ([3, 8, 4], [5, 9, 6], "有重叠"),
        ([5, 9, 6], [3, 8, 4], "有重叠"),
        ([2, 3], [1, 9], "有重叠"),
        ([1, 2, 9], [3, 4, 6], "有重叠"),
        ([3, 4, 6], [1, 2, 9], "有重叠"),
        ([1, 3], [3, 4], "正好碰上"),
        ([4, 7, 5], [2, 4], "正好碰上"),
        ([2.5, 2.5], [2.5], "两边一样"),
        ([1.0], [1.1, 1.2], "没有重叠"),
        ([30, 20, 25], [19, 10], "没有重叠"),
        ([0.2, 0.1, 0.15, 0.12], [0.21], "没有重叠"),
        ([9, 1, 5], [1, 9, 5], "有重叠"),
    ]:
        found = run(ours, theirs)
        must(
            isinstance(found, str) and found in ("快", "慢", "看不出"),
            f"应该返回“快”“慢”或者“看不出”，你返回的是 {shown(found)}。",
        )
        yield f"两边的时间{kind}的时候，你说“{found}”，不对。", found


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {"per_sample": {"1000001.0": "a millionth more, within what floats may differ"}}
