"""The closing project: new data with faults hidden in it, and a page that draws the work."""

import gzip
import json

import matplotlib.pyplot as plt
import numpy as np

from exercises import verdict
from mnist_course import load_mnist
from mnist_course.training import predict

STEPS = ["读", "划分", "校验", "批次", "训练"]
SETS = ["训练集", "验证集", "测试集"]


def new_digits(count, seed):
    """Make digits as other people may write them, with a thick pen and not in the middle.

    Parameters
    ----------
    count : int
        How many, at most 10,000.
    seed : int
        The same seed gives the same digits.

    Returns
    -------
    images : numpy.ndarray
        float32 ``[count, 784]`` in [0, 1): images of MNIST's test set, each stroke a
        pixel thicker, each image moved by at most 2 pixels in both directions.
    labels : numpy.ndarray
        int64 ``[count]``.

    Examples
    --------
    >>> from exercises.project import new_digits
    >>> images, labels = new_digits(5, seed=0)
    >>> images.shape, labels.shape
    ((5, 784), (5,))
    """
    rng = np.random.default_rng(seed)
    test = load_mnist().test
    rows = rng.choice(len(test.labels), count, replace=False)
    images = np.pad(test.images[rows].reshape(-1, 28, 28), ((0, 0), (2, 2), (2, 2)))
    for axis in (1, 2):
        images = np.maximum(images, np.roll(images, 1, axis))
    corners = rng.integers(0, 5, (count, 2))
    moved = [
        image[top : top + 28, left : left + 28]
        for image, (top, left) in zip(images, corners, strict=True)
    ]
    return np.reshape(moved, (-1, 784)), test.labels[rows]


def make_data(path, seed):
    """Write new digits to a file in the format of the course, with faults hidden in it.

    The three sets are cut from a list that is sorted by label, and images of the
    training set occur in the test set again. Some rows have too few or too many
    values; others have a NaN, grey values 0-255, no ink, or black and white
    exchanged; some labels are not digits.

    Parameters
    ----------
    path : str or os.PathLike
        The file to write, gzipped JSON ``[train, val, test]``, about 1 MB.
    seed : int
        The same seed gives the same data.

    Examples
    --------
    >>> from exercises.project import make_data
    >>> make_data("/tmp/new.json.gz", seed=0)  # doctest: +SKIP
    """
    rng = np.random.default_rng(seed)
    images, labels = new_digits(2400, seed)
    order = labels.argsort(kind="stable")
    copies = rng.choice(order[:1800], 60, replace=False)
    order = np.concatenate([order, copies])
    images, labels = images[order].astype(float).round(4), labels[order]
    nan, grey, blank, inverted, unknown, uneven = rng.permutation(2400)[:72].reshape(6, 12)
    images[nan, rng.integers(784, size=12)] = np.nan
    images[grey] *= 256
    images[blank] = 0
    images[inverted] = 1 - images[inverted]
    labels[unknown] = rng.choice([-1, 10], 12)
    rows = images.tolist()
    for row, length in zip(uneven, rng.choice([756, 783, 785], 12), strict=True):
        rows[row] = (rows[row] * 2)[:length]
    cuts = [(0, 1900), (1900, 2200), (2200, 2460)]
    data = [[rows[start:stop], labels[start:stop].tolist()] for start, stop in cuts]
    with gzip.open(path, "wt") as file:
        file.write(json.dumps(data))


def review(path, *answers):
    """Say which steps of the project are right, and draw what the learner has built so far.

    Parameters
    ----------
    path : str or os.PathLike
        A file from `make_data`.
    *answers : callable
        The learner's functions, in the order of the steps.
    """
    verdicts = [verdict(f"10.{i}", answer) for i, answer in enumerate(answers, 1)]
    for step, said in zip(STEPS, verdicts, strict=True):
        print(f"{step}：{said}")
    right = [said == "对了。" for said in verdicts]
    done = [*right, False].index(False)
    if not done:
        return
    with plt.rc_context({"font.size": 8, "axes.titlesize": 9, "figure.titlesize": 11}):
        parts = plt.figure(figsize=(7, 2.3 * done)).subfigures(done, 1, squeeze=False).flat
        for part, (draw, *what) in zip(parts, _results(path, *answers), strict=False):
            draw(part, *what)
        plt.show()


def _results(path, read, split, faults, make_reader, fit):
    """Take one step after the other, and yield how to draw it and what to draw."""
    images, labels = read(path)
    yield _draw_rows, images, labels
    sets = split(images, labels, seed=0)
    yield _draw_split, sets
    bad = [np.asarray(faults(images, labels), int) for images, labels in sets]
    found = [(x[rows], y[rows]) for (x, y), rows in zip(sets, bad, strict=True)]
    good = [
        (np.delete(x, rows, axis=0), np.delete(y, rows))
        for (x, y), rows in zip(sets, bad, strict=True)
    ]
    yield _draw_faults, *map(np.concatenate, zip(*found, strict=True)), sum(len(y) for _, y in good)
    readers = [make_reader(x, y, batch_size=50, seed=0) for x, y in good]
    yield _draw_batch, *next(iter(readers[0]()))
    model, losses = fit(readers[0], epochs=10)
    yield _draw_training, losses, *(predict(model, reader) for reader in readers[1:])


def _draw_rows(part, images, labels):
    """Draw the label and the ink of each row of the file."""
    part.suptitle(f"读：{len(labels):,} 行")
    left, right = part.subplots(1, 2)
    left.plot(labels, ".", markersize=2)
    left.set(xlabel="行", ylabel="标签", yticks=range(10))
    right.hist(np.nanmean(images, axis=1).clip(0, 1), bins=50, log=True)
    right.set(xlabel="图片的平均灰度，最多算 1", ylabel="张数")


def _draw_split(part, sets):
    """Draw how often each digit occurs in each set."""
    part.suptitle("划分：每个数字的张数")
    for axes, name, (_, labels) in zip(part.subplots(1, 3), SETS, sets, strict=True):
        axes.bar(range(10), [(labels == digit).sum() for digit in range(10)])
        axes.set(title=f"{name} {len(labels):,}", xlabel="数字", xticks=range(10))


def _draw_faults(part, images, labels, left):
    """Draw some of the samples that were found to be bad."""
    part.suptitle(f"校验：找到 {len(labels)} 个坏样本，留下 {left:,} 个")
    picks = np.linspace(0, len(labels) - 1, 20).astype(int)
    _draw_images(part, images[picks], labels[picks])


def _draw_batch(part, images, labels):
    """Draw the beginning of a batch."""
    part.suptitle(f"批次：图片 {list(images.shape)}，标签 {list(labels.shape)}")
    _draw_images(part, images[:20], labels[:20, 0])


def _draw_images(part, images, labels):
    """Draw twenty images with their labels; what is above 1 is as black as 1."""
    grid = part.subplots(2, 10).flat
    for axes, image, label in zip(grid, images, labels, strict=True):
        axes.imshow(image.reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(str(label))
        axes.axis("off")


def _draw_training(part, losses, *results):
    """Draw the loss, and which digits are taken for which."""
    tables = []
    for scores, truth in results:
        tables.append(np.zeros((10, 10), int))
        np.add.at(tables[-1], (truth.ravel(), scores.argmax(axis=1)), 1)
    val, test = (np.trace(table) / table.sum() for table in tables)
    part.suptitle(f"训练：验证集准确率 {val:.0%}，测试集准确率 {test:.0%}")
    left, right = part.subplots(1, 2)
    left.plot(losses, linewidth=1)
    left.set(xlabel="步", ylabel="损失", ylim=(0, None))
    right.imshow(tables[1], cmap="Blues")
    right.set(xlabel="测试集，网络的回答", ylabel="标签", xticks=range(10), yticks=range(10))
