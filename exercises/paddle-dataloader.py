"""The checks of the page on Paddle's DataLoader."""

import numpy as np

from exercises.results import Hint, clash, items, pair, rows, stream, to_mix

# Numbers by which two others may be made one: 0 and 100 are beside 1 and 0.
OFTEN = [365, 784, 997, 999, 1000, 1009, 1024, 7919, 9973, 12345, 10**4, 50_000, 60_000, 2**16]
OFTEN += [99_991, 10**5, 10**6, 10**6 + 3, 10**9]


def my_part(run):
    """Put the parts of all workers together: more samples than workers, as many, and fewer."""
    for count, workers in [(7, 2), (23, 5), (12, 3), (29, 8), (3, 4), (5, 1), (0, 2)]:
        parts = [rows(run(count, w, workers), "每一段") for w in range(workers)]
        case = f"{count} 个样本，{workers} 个工作进程时"
        read = sum(parts, [])
        yield f"{case}，有的序号超出了 0 到 {count - 1}。", set(read) <= set(range(count))
        yield f"{case}，有的样本读了两次。", len(set(read)) == len(read)
        yield f"{case}，有的样本谁也没有读。", set(read) == set(range(count))
        whole = all(part == list(range(part[0], part[-1] + 1)) for part in parts if part)
        yield f"{case}，有的不是从小到大、连续的一段。", whole
        lengths = [len(part) for part in parts]
        yield f"{case}，各段有 {lengths} 个：最多差一个。", sorted(lengths)


def collate(run):
    """Ask for batches of some sizes, with labels that occur twice and images that are black."""
    for count in (5, 2, 9, 1):
        rng = np.random.default_rng(count)
        grey = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        grey[-1, :5] = 0
        labels = rng.integers(0, 5, count).tolist()
        x, y = pair(run(list(zip(grey, labels, strict=True))), types_matter=True)
        yield "图片应该有 4 维，标签应该有 2 维。", (x.ndim, y.ndim)
        yield f"图片的形状应该是 ({count}, 1, 28, 28)，你的是 {x.shape}。", x.shape
        yield f"标签的形状应该是 ({count}, 1)，你的是 {y.shape}。", y.shape
        yield f"图片的类型应该是 float32，你的是 {x.dtype}。", x.dtype.name
        yield f"标签的类型应该是 float32，你的是 {y.dtype}。", y.dtype.name
        yield None, float(x.max())
        yield "图片的内容不对：还是原来的图片，只是灰度值除以 256。", x
        yield "标签不对：还是原来的标签，顺序也不变。", y


def augmented(run):
    """Find out how far images are moved, over many of them, and what that depends on."""
    image = np.random.default_rng(4).random((28, 28)).astype(np.float32)
    other = np.random.default_rng(5).random((28, 28))

    def move(seed, epoch, index, image=image):
        found = np.asarray(run(image, seed, epoch, index))
        for pixels in (0, 1, -1, 2, -2, *range(3, 26)):
            if np.array_equal(found, np.roll(image, pixels, axis=1)):
                return pixels if pixels < 14 else pixels - 28
        if any(np.array_equal(found, np.roll(image, pixels, axis=0)) for pixels in range(28)):
            raise Hint("移动的方向不对：图片的一行里，像素从左到右。")
        raise Hint("图片不是左右移动的结果。")

    def moves(seed, epoch, start=0, count=10):
        return [move(seed, epoch, index) for index in range(start, start + count)]

    first, second = moves(3, 0, 0, 60), moves(3, 1, 0, 60)
    yield "移动得太远，最多 2 个像素。", max(map(abs, first + second)) <= 2
    yield None, (move(3, 0, 0), move(3, 1, 7)) == (first[0], second[7])
    yield None, len(set(first)) > 1
    yield None, first != second
    yield None, moves(8, 0) != first[:10]
    often = [(first + second).count(pixels) for pixels in range(-2, 3)]
    yield None, [count > 0 for count in often]
    yield None, min(often) > 6
    yield "移动的多少，和图片是哪一张有关。", move(3, 0, 5, other) == first[5]
    steps = np.diff(first) % 5
    yield None, np.bincount(steps, minlength=5).max() < 40
    for one, other in [((3, 5, 0), (5, 3, 0)), ((1, 11, 0), (11, 1, 0)), ((2, 2, 0), (1, 1, 0))]:
        yield None, moves(*one) == moves(*other)
    for zero in (2, 0, 1):
        pairs = [*to_mix(10), *((0, k) for k in OFTEN), *((k, 0) for k in OFTEN)]
        triples = [(*two[:zero], 0, *two[zero:]) for two in pairs]
        both = clash((triple, tuple(moves(*triple, 11))) for triple in triples)
        hint = "(seed, epoch, index) 从 {} 起和从 {} 起，得到同一串移动。"
        yield hint.format(*both or "  "), both


def broken(run):
    """Walk through data sets with errors of all kinds, other shapes and other types."""
    wide, double, grey = (
        np.zeros(shape, kind)
        for shape, kind in [((28, 29), "float32"), ((28, 28), float), ((28, 28), "uint8")]
    )
    for bad in [
        {},
        {3: OSError("坏盘"), 7: KeyError("没有")},
        {2: IndexError("没有了"), 5: ValueError("坏数"), 6: wide},
        {1: double, 4: wide.T, 5: grey, 8: ZeroDivisionError()},
        {4: StopIteration(), 9: wide},
        {8: wide[:, 1:].ravel(), 11: RuntimeError("最后一个")},
    ]:
        found = rows(run(Samples(10 + len(bad) % 3, bad)))
        kinds = {place: getattr(each, "shape", each) for place, each in bad.items()}
        yield f"坏样本是 {kinds}（错误，或者另一种形状、类型），你的结果是 {found}。", found


class Samples:
    """Good samples, but for some; an index too large is an error, as in lists."""

    def __init__(self, count, bad):
        self.count, self.bad = count, bad

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if not 0 <= index < self.count:
            raise IndexError(f"没有第 {index} 个样本")
        found = self.bad.get(index, np.full((28, 28), index, "float32"))
        if isinstance(found, Exception):
            raise found
        return found, index % 10


def tasks(run):
    """Look at some epochs, then whether two pairs of seed and epoch have the same order."""
    for count, size, seed, epoch in [(23, 5, 3, 4), (12, 4, 0, 0), (17, 20, 2, 7)]:
        found = [list(batch) for batch in items(stream(run(count, size, seed, epoch)))]
        flat = sum(found, [])
        yield "一批应该是一个列表，里面是 (epoch, index)。", {np.shape(each) for each in flat}
        yield f"{count} 个样本，batch_size={size} 时，各批的大小不对。", [len(b) for b in found]
        yield f"第 {epoch} 轮，任务里的轮不对。", {int(number) for number, _ in flat}
        order = [int(index) for _, index in flat]
        yield "每个序号应该恰好一次，从 0 开始。", sorted(order)
        yield "没有打乱，还是原来的顺序。", order == sorted(order)
        yield None, order_of(run, count, seed, epoch) == tuple(order)
        yield None, order_of(run, count, seed, epoch + 1) == tuple(order)
        yield None, order_of(run, count, seed + 5, epoch) == tuple(order)
    same = clash((pair, order_of(run, 15, *pair)) for pair in to_mix(32))
    yield "(seed, epoch) 是 {} 和 {} 时，顺序相同。".format(*same or "  "), same


def order_of(run, *what):
    """Return the indices of an epoch, in batches of 20."""
    count, seed, epoch = what
    return tuple(int(index) for batch in run(count, 20, seed, epoch) for _, index in batch)


ONCE = ("augmented",)  # it asks for moves again

# Changed solutions that are as good: part of the code, and why.
THE_SAME = {
    "augmented": {f"{name} + 1": "another one for each" for name in ("seed", "epoch", "index")},
}
