"""The checks of chapter 02."""

import numpy as np

from exercises.results import number, rows, same, several


def share(run):
    """Ask for digits that occur often, seldom, never, and alone."""
    for n in (20, 31):
        labels = np.random.default_rng(n).integers(0, 9, n)  # 9 never occurs
        labels[:6] = 7
        for digit in (7, 3, 0, 9):
            yield f"{n} 个标签里，{digit} 占的不对。", number(run(labels, digit))
    yield "全部标签都是同一个数字时不对。", number(run(np.full(9, 4), 4))


def split(run):
    """Find out where each image and each label came from; what is drawn must look drawn."""
    for n, count, width in [(40, 8, 5), (31, 17, 3)]:
        rng = np.random.default_rng(n)
        images = rng.random((n, width)).astype(np.float32)
        labels = np.arange(n) * 10 // n  # sorted, each several times
        drawn = []
        for seed in range(60):
            sets = two_sets(run(images, labels, count, seed))
            found = []
            for name, (x, y) in zip(("训练集", "验证集"), sets, strict=True):
                yield None, (x.ndim, y.ndim)
                yield f"{name}的图片，形状是 {x.shape}。一张图片还是一行。", x.shape[1:]
                yield f"{name}里，图片和标签的个数不同。", len(x) == len(y)
                places = [np.flatnonzero((images == image).all(axis=1)) for image in x]
                whole = all(len(place) == 1 for place in places)
                yield f"{name}里，有的图片不是原来的了：一行里的像素不变。", whole
                found.append([int(place[0]) for place in places])
            train, val = found
            size = f"一共 {n} 个样本，count={count}，"
            yield f"{size}验证集里有 {len(val)} 个。", len(val)
            yield None, all(len(set(part)) == len(part) for part in found)
            yield None, bool(set(train) & set(val))
            yield f"{size}训练集里有 {len(train)} 个。", len(train)
            matched = [same(labels[part], y) for part, (_, y) in zip(found, sets, strict=True)]
            yield "图片和标签对不上了。", matched
            moved = sorted(val) not in (list(range(count)), list(range(n - count, n)))
            if seed == 5:
                yield None, moved
                again = two_sets(run(images, labels, count, seed))
                yield None, same(np.sort(again[1][0], axis=0), np.sort(sets[1][0], axis=0))
            drawn.append(tuple(sorted(val)))
        yield None, len(set(drawn)) > 1
        steps = np.diff(drawn, axis=1)
        even = np.mean(steps == np.median(steps, axis=1)[:, None])
        yield None, even < 0.75
        yield "有的种子不同，划分却相同。", len(set(drawn))
        often = np.bincount(np.concatenate(drawn), minlength=n)
        spread = min(often) > 0 and max(often) < 60
        yield "有的样本总在同一个子集里：每一个都可能被划给验证集。", spread


def two_sets(result):
    """Return the pairs ``(images, labels)`` of a training and a validation set as arrays."""
    pairs = [
        several(one, 2, "每个子集是一对（图片，标签），")
        for one in several(result, 2, "应该返回 (训练集, 验证集)，")
    ]
    return [(np.asarray(images), np.asarray(labels)) for images, labels in pairs]


def leaked(run):
    """Hide images of the training set among those that resemble some."""
    before = None
    for n, count, width, places in [(30, 12, 6, [3, 8]), (17, 25, 9, [0, 11, 24]), (9, 7, 9, [])]:
        rng = np.random.default_rng(n)
        train = rng.integers(1, 256, (n, width)) / 256
        test = rng.integers(1, 256, (count, width)) / 256
        train[:, 0] = test[:, 0] = 0  # a border, as in MNIST
        test[1] = train[6]
        test[1, [2, 3]] += [1 / 256, -1 / 256]  # as much ink
        test[4, 1:] = train[5, :0:-1]  # the same pixels in another order
        test[6] = train[2]
        test[6, -1] /= 2
        for place in places:
            test[place] = train[n - 2]
        if places:
            train[places[1]] = train[n - 2]  # and once more, with the same number
            test[places[0]] = train[7]
            test[places[0] + 2] = train[7]
        if not places:
            test[3] = before  # of another training set
        before = train[4]
        found = rows(run(train, test), "结果")
        case = f"{n} 张训练图片，{count} 张测试图片，"
        yield f"{case}你的结果是 {found[:6]}，不对。", sorted(found)


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {
    "split": {"seed + 1": "another seed for each seed", "len(labels + 1)": "as many labels"}
}
