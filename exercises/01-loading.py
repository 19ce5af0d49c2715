"""The checks of chapter 01."""

import numpy as np

from exercises.results import items, number, rows, stream, take

NAN, INFINITE = float("nan"), float("inf")


def pixel_at(run):
    """Look at pixels of images that have each grey value once."""
    for seed, row, column in [(1, 3, 20), (2, 20, 3), (3, 0, 0), (4, 27, 27), (5, 14, 1)]:
        image = np.random.default_rng(seed).permutation(784) / 784
        hint = f"第 {row} 行第 {column} 列不对。前面有几整行，每行几个？再往后数几个？"
        yield hint, number(run(image, row, column))


def lists(run):
    """Cut text into pieces of some sizes; the last row is not finished."""
    complete = ["[7,1]", "[22,0.3]", "[4]", "[555,6,6,0]", "[1,1]", "[1,1]"]
    for size, text in [
        (7, ",".join([*complete, "[8,3"])),
        (1, ",".join(complete)),
        (4, ",".join([*complete[1:], "[2"])),
        (100, ",".join(complete)),
    ]:
        taken, count = [], -(-len(text) // size)

        def pieces(text=text, size=size, taken=taken):
            for start in range(0, len(text), size):
                taken.append(start)
                yield text[start : start + size]

        made = stream(run(pieces()), "应该边读边交：用 yield，不要攒成一个列表再返回。")
        found = take(made, 1)
        early = len(taken)
        found += items(made, 100)
        yield "应该交出一段一段的文本。", all(isinstance(row, str) for row in found)
        yield "一行也没有交出来。看到一个 ] 的时候，就有了完整的一行。", bool(found)
        yield "有的行末尾没有 ]，不完整。", all(row.endswith("]") for row in found)
        yield None, any(row.startswith(",") for row in found)
        yield "有的行不是从 [ 开始的。", all(row.startswith("[") for row in found)
        yield f"文本分成 {count} 段时，你交出了 {len(found)} 行。", len(found)
        yield f"行的内容不对。文本分成 {count} 段时，第一行是 {found[0]}。", found
        hint = f"交出第一行的时候，已经读了 {early} 段。读到完整的一行就该交。"
        yield hint, early <= 8 // size + 2


def bad_rows(run):
    """Hide bad rows of one kind after another, then all of them, among good ones."""
    good = [[0.0, 0.5, 1.0], [1, 0, 0], [0.25, 0.25, 0.25], [0, 1, 1.0]]
    bad = {
        "大于 1 的数": [[0.5, 1.5, 0.1]],
        "负数": [[-0.5, 0.5, 0.5], [0.1, 0.2, -0.001]],
        "太长": [[0.0, 0.5, 1.0, 0.5]],
        "太短": [[0.0, 0.5], []],
        "NaN": [[NAN, 0.1, 0.2], [0.1, NAN, 0.2], [0.1, 0.2, NAN]],
        "两个坏的数": [[2.0, -1.0, 0.5], [NAN, NAN, 3]],
        "无穷大": [[0.5, INFINITE, 0.5], [-INFINITE, 0, 0]],
    }
    yield "没有坏行的时候，应该返回空列表。", rows(run(good, 3))
    for kind, some in bad.items():
        hint = f"有几行坏在“{kind}”，其余是好的，你找的不对。"
        yield hint, rows(run([good[0], *some, *good[1:], some[0]], 3))
    mixed = sum(bad.values(), good)
    yield "各种坏行都有的时候，你找的不对。", rows(run([*mixed, *good], 3))
    longer = [[*row, 1] for row in [*good, *bad["NaN"], *bad["太短"]]]
    yield "length 是 4 的时候，你找的不对：length 用上了吗？", rows(run(longer, 4))
