"""The checks of chapter 10, the project."""

import tempfile
from pathlib import Path

import numpy as np

from exercises.project import digits, doubled, some_file, what_is_wrong
from exercises.results import (
    clash,
    epochs_to_mix,
    items,
    must,
    pair,
    rows,
    same,
    several,
    shown,
)


def read(run):
    """Read two files with rows of wrong length, and with other faults, which have to stay."""
    for n, cuts, uneven in [(30, (15, 20), (4, 17, 26)), (41, (9, 32), (0, 8, 9, 30, 40))]:
        *right, data = some_file(n, cuts, uneven)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # left open
            path = Path(folder, f"{n}.json.gz")
            path.write_bytes(data)
            x, y = pair(run(path), types_matter=True)
        yield f"图片有 {len(x)} 行，标签有 {len(y)} 个，应该一样多。", len(x) == len(y)
        yield f"{n} 行里有 {len(uneven)} 行长短不对，你交出的有 {len(x)} 行。", len(x)
        for name, found, given in zip(("图片", "标签"), (x, y), right, strict=True):
            good = np.delete(given, uneven, axis=0)
            yield f"{name}的形状应该是 {good.shape}，你的是 {found.shape}。", found.shape
            wrong = [row for row, each in enumerate(found) if not same(each, good[row])]
            hint = f"第 {wrong[:1]} 行的{name}和文件里的不同。"
            yield f"{hint}这一步只丢掉长短不对的，别的一个数也不改。", found
        yield f"图片的类型应该是 float32，你的是 {x.dtype}。", str(x.dtype)
        yield f"标签的类型应该是 int64，你的是 {y.dtype}。", str(y.dtype)


NAMES = ["训练集", "验证集", "测试集"]


def split(run):
    """Find out where the images of each set came from, for two files; many seeds for one."""
    for n, seeds in ((83, 3), (57, 20)):
        images, labels, places = doubled(n)
        number_of = {images[place].tobytes(): i for i, place in enumerate(places)}
        label_of = {}
        for image, label in zip(images, labels, strict=True):
            label_of.setdefault(number_of[image.tobytes()], set()).add(int(label))
        found = []
        for seed in range(seeds):
            found.append([])
            seen = one_split(run(images, labels, seed), number_of, label_of, found[-1])
            if seed < 2:
                yield from seen
            else:
                yield f"seed={seed} 时和别的时候不同。", [value for _, value in seen]
        again = []
        yield from one_split(run(images, labels, 2), number_of, label_of, again)
        yield "同一个种子，两次划分的结果应该相同。", again == found[2]
        if seeds < 20:
            continue
        by_pixels = np.unique(images[places], axis=0, return_index=True)[1].argsort()
        for place in (np.arange(n), by_pixels):  # where each image stands when sorted
            near = [np.diff(np.sort(place[part])) < 2 for _, *rest in found for part in rest]
            yield (
                "没有打乱：验证集或者测试集里，是连着的一段。",
                np.concatenate(near).mean() < 0.4,
            )
        kinds = len({frozenset(val) for _, val, _ in found})
        yield "换一个种子，划分应该不同：seed 用上了吗？", kinds > 13
        often = np.bincount(np.concatenate([val for _, val, _ in found]), minlength=n)
        yield "没有打乱：有的图片总在验证集里，有的从来不在。", (often == 0).mean() < 0.3


def one_split(result, number_of, label_of, parts):
    """Yield what is seen of three sets; `parts` gets the numbers of the images in each."""
    sets = several(result, 3, f"应该返回三个子集：{'，'.join(NAMES)}。")
    for name, one in zip(NAMES, sets, strict=True):
        x, y = map(np.asarray, several(one, 2, "每个子集是一对（图片，标签）。"))
        must(x.ndim > 1 or y.ndim == 1, "每个子集里，先图片，后标签。")
        yield f"{name}的图片应该是 (N, 784)，你的是 {x.shape}。", (x.ndim, x.shape[1:])
        yield f"{name}的图片有 {len(x)} 张，标签有 {len(y)} 个。", y.shape == (len(x),)
        yield f"{name}的图片应该还是 float32，你的是 {x.dtype}。", str(x.dtype)
        parts.append([number_of.get(image.tobytes(), -1) for image in x])
        yield f"{name}里有的图片不是传进来的。只是挑选，一个像素也不改。", -1 in parts[-1]
        right = all(y[i] in label_of.get(each, ()) for i, each in enumerate(parts[-1]))
        yield f"{name}里，图片和标签对不上了。", right
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        both = len({*parts[one]} & {*parts[other]})
        yield f"{NAMES[one]}和{NAMES[other]}里有 {both} 张相同的图片。", both
    for name, part in zip(NAMES, parts, strict=True):
        more = len(part) - len({*part})
        yield f"{name}里有 {more} 张图片，和前面的相同。", more
    sizes, n = [len(part) for part in parts], len(label_of)
    yield f"不同的图片有 {n} 张，你的三个子集一共有 {sum(sizes)} 张。", sum(sizes)
    yield f"{n} 张不同的图片，你分成了 {sizes} 张。各应该是多少？", sizes


def faults(run):
    """Look for each kind of fault, and for good samples that are rare."""
    for n in (60, 77):
        images, labels = digits(n)
        by_ink = np.argsort(images.mean(axis=1))
        pale, thin, zero, nine = by_ink[:4]
        edge, bold = by_ink[n // 2], by_ink[-1]
        images[pale] *= 0.03
        images[edge, 400] = 1
        labels[zero], labels[nine] = 0, 9
        bad = by_ink[4:-2]
        nan, nans, below, above, grey, infinite, blank, ten, minus, far = bad[:20:2]
        images[nan, 300], images[nans] = np.nan, np.nan
        images[below, 5], images[above, 783], images[infinite, 0] = -0.01, 1.004, np.inf
        images[grey] *= 256
        images[blank] = 0
        labels[ten], labels[minus], labels[far] = 10, -1, 255
        inverted = [thin, bad[-8], by_ink[-2]]
        images[inverted] = 1 - images[inverted]
        both = bad[-1]
        images[both, 77], labels[both] = np.nan, 10
        given = {nan, nans, below, above, grey, infinite, blank, ten, minus, far, both, *inverted}
        found = {*rows(run(images, labels))}
        good = {*range(n)} - given
        yield "返回了不存在的序号。", found <= {*range(n)}
        hint = "返回的大多是好的样本，应该返回坏的。"
        yield hint, len(found & good) > len(good) / 2
        for row in [nan, nans, below, above, grey, infinite, blank, ten, minus, far, both]:
            yield f"漏了一种：{what_is_wrong(images[row], labels[row])}。", row in found
        for row in inverted:
            yield "漏了一种：每个数都在范围里，画出来才看得出来。", row in found
        for row, kind in [
            (pale, "墨迹很淡的图片，不是空白。"),
            (bold, "笔画最粗的图片，背景还是白的。"),
            (edge, "有的像素刚好是 1，还在范围里。"),
            (zero, "标签是 0，是数字。"),
            (nine, "标签是 9，是数字。"),
        ]:
            yield f"把好的也当成了坏的：{kind}", row in found
        yield f"把好的也当成了坏的，一共 {len(found & good)} 个。", len(found & good)
        clean = sorted(good)
        found = rows(run(images[clean], labels[clean]))
        yield "没有坏样本的时候，应该返回空的。", len(found)


def make_reader(run):
    """Take several epochs, also after one that was not taken to its end."""
    for n, size in [(23, 5), (24, 8), (4, 9), (31, 4)]:
        rng = np.random.default_rng(n)
        images, labels = rng.random((n, 784), np.float32), rng.integers(0, 9, n)
        readers = [run(images, labels, size, seed) for seed in (1, 1, 6)]
        for reader in readers:
            must(
                not hasattr(reader, "__next__"),
                "返回的是生成器，只能走一轮。要返回一个函数，每次调用它，开始新的一轮。",
            )
            must(callable(reader), f"应该返回一个函数，你返回的是 {shown(reader)}。")
        orders = []
        for epoch in range(6):
            orders.append([])
            if epoch == 4:
                next(iter(readers[0]()))
            yield from one_epoch(readers[0], images, labels, size, orders[-1])
        again, other = [], []
        for kept, reader in [(again, readers[1]), (other, readers[2])]:
            for _ in range(4):
                kept.append([])
                yield from one_epoch(reader, images, labels, size, kept[-1])
        yield "同一个种子，各轮的顺序应该和上一次相同。", again == orders[:4]
        if n < 10:
            continue
        yield "换一个种子，顺序应该不同：seed 用上了吗？", again == other
        yield "没有打乱，还是原来的顺序。", [*range(n)] in orders
        yield "每一轮都要重新打乱，你的有几轮顺序相同。", len({*map(tuple, orders)})
        known = [[*range(n)], *orders, *other]
        pairs = [(one, two) for i, one in enumerate(known) for two in known[:i]]
        close = max(len(neighbours(one) & neighbours(two)) for one, two in pairs)
        hint = "每一轮都要重新打乱，你的有两轮差不多：倒过来的，或者整体挪了几位。"
        yield hint, close > n / 2
    names = np.arange(16)  # as labels
    images = np.zeros((16, 784), np.float32)
    orders = (
        ((seed, epoch), tuple(int(label) for _, y in reader() for label in np.ravel(y)))
        for seed, epochs in epochs_to_mix(32)
        for reader in [run(images, names, 16, seed)]
        for epoch in range(epochs)
    )
    (one, e), (other, o) = both = clash(orders) or ((0, 0), (0, 0))
    yield f"种子 {one} 的第 {e} 轮和种子 {other} 的第 {o} 轮，顺序相同。", both


def one_epoch(reader, images, labels, size, order):
    """Yield what is seen of an epoch; `order` gets the numbers of its samples."""
    batches = reader()
    must(batches is not None, "调用读取器，什么也没有得到：reader 里少了 yield。")
    batches = items(batches)
    yield "一轮里一批也没有。上一轮用完的生成器，这一轮还能用吗？", len(batches) > 0
    parts = [several(batch, 2, "每一批是 (图片, 标签)，") for batch in batches]
    parts = [(np.asarray(x), np.asarray(y)) for x, y in parts]
    shapes = [[*x.shape] for x, _ in parts]
    right = all(shape[1:] == [1, 28, 28] for shape in shapes)
    yield f"图片的形状应该是 [B, 1, 28, 28]，你的是 {shapes[0]}。", right
    shapes = [[*y.shape] for _, y in parts]
    right = all(y.shape == (len(x), 1) for x, y in parts)
    yield f"标签的形状应该是 [B, 1]，你的是 {shapes[0]}。", right
    kinds = {x.dtype for x, _ in parts}, {y.dtype for _, y in parts}
    yield f"图片应该还是 float32，你的是 {kinds[0]}。", kinds[0] == {np.dtype(np.float32)}
    right = all(kind.kind in "iu" for kind in kinds[1])
    yield f"标签应该还是整数，你的是 {kinds[1]}。", right
    x, y = (np.concatenate(each) for each in zip(*parts, strict=True))
    number_of = {image.tobytes(): i for i, image in enumerate(images)}
    order += [number_of.get(image.tobytes(), -1) for image in x]
    yield "有的图片变了：一行的 784 个数，依次排成 28 行 28 列。", -1 in order
    yield "图片和标签对不上了。", same(y[:, 0], labels[order])
    sizes = [len(each) for _, each in parts]
    n = len(labels)
    yield f"{n} 个样本，每批 {size} 个，你的各批是 {sizes}。", sizes
    yield "一轮里，每个样本应该恰好出现一次。", sorted(order) == [*range(n)]


def neighbours(order):
    """Return the pairs of samples that stand side by side."""
    return {frozenset(pair) for pair in zip(order, order[1:], strict=False)}


ONCE = ("split", "fit")  # splits again with a seed; trains several times

# Changed solutions that are as good: part of the code, and why.
OTHER_SEED = {"seed + 1": "another seed for each seed"}
THE_SAME = {
    "split": {**OTHER_SEED, "images + 1": "what is different stays so"},
    "faults": {"ink <= 0.5": "no image has just so much"},
    "make_reader": {
        **OTHER_SEED,
        "len(labels + 1)": "as many labels",
        "reshape(-2": "NumPy takes each negative number for -1",
    },
    "fit": {
        "seed=1": "the task leaves it open",
        "learning_rate=1.1": "it learns as well",
        "log_every": "it prints more or less",
    },
}


def fit(run):
    """Train several times, on much and on little."""
    from exercises.project_fit import fit  # Paddle is needed here, and not for the steps before

    yield from fit(run)
