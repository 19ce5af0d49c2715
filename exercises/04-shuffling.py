"""The checks of chapter 04: no order is the right one, so its properties are looked at."""

import numpy as np

from exercises.results import clash, epochs_to_mix, items, pair, rows, same, stream

NOT_RANDOM = "顺序不够乱：看得出规律，或者有的位置总是同样的几个数。"


def is_permutation(order, n):
    """Say whether an order has each of 0 to n - 1 once."""
    return sorted(order) == list(range(n))


def random(orders):
    """Say whether orders of equal length, of 20 seeds or more, look like drawn ones."""
    orders = np.asarray(orders)
    steps = np.abs(np.diff(orders, axis=1))
    varied = all(len(set(place)) > min(orders.shape) / 3 for place in orders.T)
    return varied and np.mean(steps == np.median(steps, axis=1)[:, None]) < 0.5


def order(run):
    """Look at the orders of two sizes and many seeds."""
    for n in (23, 31):
        found = {seed: rows(run(n, seed)) for seed in range(40)}
        for seed in (5, 0):
            one = found[seed]
            yield f"n={n} 时应该有 {n} 个序号，你的有 {len(one)} 个。", len(one)
            yield None, (min(one), max(one)) == (0, n - 1)
            yield f"n={n} 时，不是 0 到 n - 1 的排列：每个序号恰好一次。", is_permutation(one, n)
            yield "没有打乱，还是从小到大，或者从大到小。", sorted(one) in (one, one[::-1])
            yield None, rows(run(n, seed)) == one
        yield "换一个种子，结果应该不同：seed 用上了吗？", len(set(map(tuple, found.values())))
        yield NOT_RANDOM, random(list(found.values()))
    for n in (1, 2):
        yield f"n={n} 时，不是 0 到 n - 1 的排列。", is_permutation(rows(run(n, 3)), n)


def shuffled(run):
    """Find out where each image and each label came from."""
    for n, width in [(20, 3), (29, 5)]:
        rng = np.random.default_rng(n)
        images = rng.random((n, width)).astype(np.float32)
        labels = np.arange(n) * 10 // n  # sorted, each several times
        kept = {}
        for seed in range(20):
            x, y = pair(run(images, labels, seed))
            yield None, (x.ndim, y.ndim)
            yield f"图片的形状应该还是 {images.shape}，你的是 {x.shape}。", x.shape
            yield f"标签的形状应该还是 {labels.shape}，你的是 {y.shape}。", y.shape
            places = [np.flatnonzero((images == image).all(axis=1)) for image in x]
            whole = all(len(place) == 1 for place in places)
            yield "有的图片不是原来的了：打乱的只是顺序，一行里的像素不变。", whole
            kept[seed] = [int(place[0]) for place in places]
            moved = kept[seed] != list(range(n)), not same(y, labels)
            yield "没有打乱，还是原来的顺序。", any(moved)
            yield "只打乱了标签，图片还是原来的顺序。", moved[0]
            yield None, moved[1]
            yield None, is_permutation(kept[seed], n)
            yield "有的标签丢了，有的多了。", same(np.sort(y), labels)
            yield "图片和标签对不上了：两者的顺序不同。", same(labels[kept[seed]], y)
        again = pair(run(images, labels, 7))
        yield "同一个种子，两次的结果应该相同。", same(again[0], images[kept[7]])
        yield "换一个种子，顺序应该不同：seed 用上了吗？", len(set(map(tuple, kept.values())))
        yield NOT_RANDOM, random(list(kept.values()))


def orders(run):
    """Look at the orders of some epochs and seeds, which must have none in common."""
    for n, epochs, seed in [(12, 4, 7), (17, 6, 0)]:
        made = items(stream(run(n, epochs, seed)))
        found = [rows(each, "每一轮") for each in made]
        yield f"{epochs} 轮应该有 {epochs} 串序号，你的有 {len(found)} 串。", len(found)
        late = [tuple(each) for each in found]
        early = [tuple(rows(each)) for each in run(n, epochs, seed)]
        for number, each in enumerate(early):
            yield f"第 {number} 轮不是 0 到 {n - 1} 的排列。", is_permutation(each, n)
        yield "两次运行，各轮的顺序应该相同：种子是同一个。", early[-1] == late[-1]
        hint = f"{epochs} 轮里只有 {len({*early})} 种顺序：每一轮都要重新打乱。"
        yield hint, (len(set(early)), len(set(late)))
        yield "有一轮没有打乱，还是原来的顺序。", tuple(range(n)) in early
        yield "有的轮和第一次运行时不同。", early == late
    known = {}
    for seed, epochs in epochs_to_mix(100):
        for number, each in enumerate(items(run(15, epochs, seed), most=20_000)):
            known[seed, number] = tuple(map(int, each))
    (one, e), (other, o) = both = clash(known.items()) or ((0, 0), (0, 0))
    yield f"种子 {one} 的第 {e} 轮和种子 {other} 的第 {o} 轮，顺序相同。", both
    some = [known[0, number] for number in range(1, 1000)]
    yield NOT_RANDOM, random(some)
    yield "有的轮只是把别的轮倒过来。", len({*some} & {each[::-1] for each in some})


ONCE = ("orders",)  # asks for the same orders again

# Changed solutions that are as good: part of the code, and why.
OTHER_SEED = {"seed + 1": "another seed for each seed"}
THE_SAME = {
    "order": OTHER_SEED,
    "shuffled": {**OTHER_SEED, "len(labels + 1)": "as many labels"},
    "orders": OTHER_SEED,
}
