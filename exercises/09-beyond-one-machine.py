"""The checks of chapter 09."""

import tempfile
import timeit
from pathlib import Path

import numpy as np

from exercises.results import clash, items, must, number, rows, several, shown, stream, to_mix


def steps(run):
    """Ask for sizes that divide and do not; the last has more ranks than samples."""
    for n, size, ranks in [(105, 5, 4), (60, 10, 3), (50, 7, 2), (11, 2, 5), (48, 4, 4), (3, 2, 7)]:
        what = "应该返回三个数：一步一共用几个样本，一轮有几步，有几个样本被读两次。"
        found = several(run(n, size, ranks), 3, what)
        case = f"n={n}，batch_size={size}，{ranks} 个进程时，"
        yield f"{case}一步的样本数不对。", number(found[0])
        yield f"{case}步数不对。先算每个进程有几个样本。", number(found[1])
        yield f"{case}被读两次的样本数不对。先算每个进程有几个样本。", number(found[2])


def part(run):
    """Put the parts of all ranks together; some have more ranks than samples, twice over."""
    for n, ranks in [(13, 2), (12, 3), (10, 4), (5, 7), (3, 8), (1, 4), (6, 1)]:
        order = 100 + np.random.default_rng(n).permutation(n)
        parts = [rows(run(order, rank, ranks), "每一片") for rank in range(ranks)]
        case, read = f"{n} 个样本，{ranks} 个进程时", sum(parts, [])
        lengths = [len(each) for each in parts]
        padded = (ranks * order.tolist())[: -(-n // ranks) * ranks]
        yield f"{case}，有的序号不在 order 里。", set(read) <= set(padded)
        yield f"{case}，每个进程的都相同。", len(set(map(tuple, parts))) > 1
        yield f"{case}，有的样本谁也没有读。", set(read) == set(padded)
        yield f"{case}，各片有 {lengths} 个，不一样多，或者太多。", lengths
        yield f"{case}，读的样本合起来不对。", sorted(read) == sorted(padded)
        yield (
            f"{case}，各片里的顺序和 order 的不一样。",
            all(inside(each, padded) for each in parts),
        )


def inside(some, others):
    """Say whether all of some numbers stand among others, in the same order."""
    rest = iter(others)
    return all(each in rest for each in some)


def epoch_order(run):
    """Look at single orders, then whether two pairs of seed and epoch have the same."""
    for n, seed, epoch in [(15, 3, 4), (22, 0, 0), (1, 2, 5)]:
        found = rows(run(n, seed, epoch))
        yield f"n={n} 时应该有 {n} 个序号，你的有 {len(found)} 个。", len(found)
        yield None, (min(found), max(found)) == (0, n - 1)
        yield f"n={n} 时，不是 0 到 n - 1 的排列。", sorted(found) == list(range(n))
        yield None, rows(run(n, seed, epoch)) == found
        yield None, n == 1 or rows(run(n, seed, epoch + 1)) != found
        yield None, n == 1 or rows(run(n, seed + 5, epoch)) != found
    for one, other in [((3, 5), (4, 4)), ((3, 5), (5, 3)), ((1, 11), (11, 1))]:
        yield None, rows(run(15, *one)) == rows(run(15, *other))
    many = [rows(run(15, seed, epoch)) for seed in range(5) for epoch in range(5)]
    steps = np.diff(many, axis=1) % 15
    varied = all(len(set(place)) > 7 for place in zip(*many, strict=True))
    yield "顺序不够乱，看得出规律。", varied and np.bincount(steps.ravel()).max() < 100
    pairs = [*to_mix(317), (0, 10**6), (10**6, 0)]
    if min(timeit.repeat(lambda: run(15, 3, 100_000), number=1, repeat=3)) > 0.05:
        pairs = to_mix(20)  # it goes through all epochs that come before
    same = clash((pair, tuple(rows(run(15, *pair)))) for pair in pairs)
    yield "(seed, epoch) 是 {} 和 {} 时，顺序相同。".format(*same or "  "), same


def mapped(run):
    """Map files with and without something before and after; then change the file itself."""
    for count, header, more in [(6, 16, 100), (3, 7, 0), (9, 0, 5000)]:
        pixels = np.random.default_rng(count).integers(0, 256, (count, 28, 28)).astype(np.uint8)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            file = Path(folder, "images")
            file.write_bytes(bytes(header) + pixels.tobytes() + bytes(more))
            found = run(file, count, header)
            must(isinstance(found, np.ndarray), f"应该返回数组，你返回的是 {shown(found)}。")
            yield f"类型应该是 uint8，你的是 {found.dtype}。", found.dtype.name
            yield f"形状应该是 ({count}, 28, 28)，你的是 {found.shape}。", found.shape
            yield f"前面有 {header} 个字节的说明，{count} 张图片的内容不对。", found
            writeable = found.flags.writeable
            with open(file, "r+b") as changed:
                changed.seek(header)
                changed.write((255 - pixels[0, 0]).tobytes())
            yield (
                "文件改了，数组没有跟着变：它不是文件的映射。",
                int(found[0, 0, 0]) == 255 - pixels[0, 0, 0],
            )
            yield "这个数组可以写。看看 mode。", writeable
            del found  # else the file can't be removed everywhere


def batches_from(run):
    """Look at whole runs, then at those that begin later, which must be the ends of the whole."""
    for n, size, seed, epochs in [(23, 5, 3, 3), (12, 4, 0, 4), (7, 10, 8, 3)]:

        def batches(*start, seed=seed, n=n, size=size, epochs=epochs):
            made = stream(run(n, size, seed, start, epochs))
            return [rows(batch, "每一批") for batch in items(made, 100)]

        whole, each = batches(0, 0), -(-n // size)
        case = f"{n} 个样本，batch_size={size}，{epochs} 轮"
        yield f"{case}，应该有 {each * epochs} 批，你交出了 {len(whole)} 批。", len(whole)
        yield f"{case}，各批的大小不对。", [len(batch) for batch in whole]
        orders = [sum(whole[i : i + each], []) for i in range(0, len(whole), each)]
        yield "一轮里，每个序号应该恰好出现一次。", all(sorted(o) == list(range(n)) for o in orders)
        yield "没有打乱。", any(order != sorted(order) for order in orders)
        yield None, len(set(map(tuple, orders)))
        other = batches(0, 0, seed=seed + 1)
        yield "换一个种子，顺序应该不同：seed 用上了吗？", other != whole
        shared = [sum(other[i : i + each], []) in orders for i in range(0, len(other), each)]
        yield "有一轮的顺序，和另一个种子的一轮相同：seed 和轮的编号，各是各的。", any(shared)
        yield "同一个种子，两次的结果应该相同。", batches(0, 0) == whole
        for start in [
            (1, 0),
            (0, 1),
            (1, each - 1),
            (epochs - 1, each // 2),
            (1, each),
            (epochs, 0),
        ]:
            rest, right = batches(*start), whole[start[0] * each + start[1] :]
            case = f"从第 {start[0]} 轮第 {start[1]} 批开始，一共 {epochs} 轮，每轮 {each} 批"
            yield f"{case}，应该有 {len(right)} 批，你交出了 {len(rest)} 批。", len(rest)
            yield f"{case}，和从头开始的后面那些不同。", rest == right


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {
    "part": {"len(order + 1)": "as many numbers"},
    "epoch_order": {"seed + 1": "another seed for each seed", "epoch + 1": "likewise"},
    "batches_from": {"seed + 1": "another seed for each seed"},
}
