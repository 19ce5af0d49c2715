"""The review of the closing project: a page that draws what the learner has built."""

import gzip
import json

import numpy as np

from exercises import verdict
from exercises.project import what_is_wrong
from mnist_course.training import predict

STEPS = ["读", "划分", "校验", "批次", "训练"]
SETS = ["训练集", "验证集", "测试集"]


def review(path, *answers):
    """Say which steps of the project are right, and draw what the learner has built so far.

    Parameters
    ----------
    path : str or os.PathLike
        A file from `make_data`.
    *answers : callable
        The learner's functions, in the order of the steps.
    """
    import matplotlib.pyplot as plt

    verdicts = [verdict(f"10.{i}", answer) for i, answer in enumerate(answers, 1)]
    right = [said.startswith("对了。") for said in verdicts]
    for step, said, good in zip(STEPS, verdicts, right, strict=True):
        print(f"{step}：{'对了。' if good else said}")
    done = [*right, False].index(False)
    if not done:
        return
    with plt.rc_context({"font.size": 8, "axes.titlesize": 9, "figure.titlesize": 11}):
        heights = [2.3, 2.3, 4, 2.3, 2.3][:done]
        figure = plt.figure(figsize=(7, sum(heights)))
        parts = figure.subfigures(done, 1, squeeze=False, height_ratios=heights).flat
        for part, (draw, *what) in zip(parts, _results(path, *answers), strict=False):
            draw(part, *what)
        plt.show()


def _results(path, read, split, faults, make_reader, fit):
    """Take one step after the other, and yield how to draw it and what to draw."""
    images, labels = read(path)
    with gzip.open(path) as file:
        rows = sum(len(labels) for _, labels in json.load(file))
    yield _draw_rows, images, labels, rows - len(labels)
    sets = split(images, labels, seed=0)
    yield _draw_split, sets, len(labels) - sum(len(y) for _, y in sets)
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


def _draw_rows(part, images, labels, dropped):
    """Draw the label and the ink of each row of the file."""
    part.suptitle(f"读：丢掉 {dropped} 行长短不对的，留下 {len(labels):,} 行")
    left, right = part.subplots(1, 2)
    left.plot(labels, ".", markersize=2)
    left.set(xlabel="行", ylabel="标签", yticks=range(10))
    right.hist(np.nanmean(images, axis=1).clip(0, 1), bins=50, log=True)
    right.set(xlabel="图片的平均灰度，最多算 1", ylabel="张数")


def _draw_split(part, sets, dropped):
    """Draw how often each digit occurs in each set."""
    part.suptitle(f"划分：去掉 {dropped} 张重复的，剩下的每个数字的张数")
    for axes, name, (_, labels) in zip(part.subplots(1, 3), SETS, sets, strict=True):
        axes.bar(range(10), [(labels == digit).sum() for digit in range(10)])
        axes.set(title=f"{name} {len(labels):,}", xlabel="数字", xticks=range(10))


def _draw_faults(part, images, labels, left):
    """Draw the samples that were found to be bad, those with the same fault in a row."""
    import matplotlib.pyplot as plt

    part.suptitle(f"校验：找到 {len(labels)} 个坏样本，留下 {left:,} 个")
    kinds = {}
    for image, label in zip(images, labels, strict=True):
        words = what_is_wrong(image, label) or "看不出有错"
        kinds.setdefault(words, []).append((image, label))
    columns = max(map(len, kinds.values()))
    grid = part.subplots(len(kinds), 1 + columns, squeeze=False, width_ratios=[3] + [1] * columns)
    for (name, *others), words in zip(grid, sorted(kinds), strict=True):
        name.text(1, 0.5, f"{words}：{len(kinds[words])} 个", ha="right", va="center")
        name.axis("off")
        for axes in others:
            axes.axis("off")
        for axes, (image, label) in zip(others, kinds[words], strict=False):
            _draw_image(axes, image, label)
            axes.add_patch(plt.Rectangle((-0.5, -0.5), 28, 28, fill=False, edgecolor="0.8"))


def _draw_batch(part, images, labels):
    """Draw the beginning of a batch."""
    part.suptitle(f"批次：图片 {list(images.shape)}，标签 {list(labels.shape)}")
    _draw_images(part, images[:20], labels[:20, 0])


def _draw_images(part, images, labels):
    """Draw twenty images with their labels."""
    for axes, image, label in zip(part.subplots(2, 10).flat, images, labels, strict=True):
        _draw_image(axes, image, label)


def _draw_image(axes, image, label):
    """Draw an image with its label; pixels that are no grey value are red."""
    import matplotlib.pyplot as plt

    colours = plt.get_cmap("gray_r").with_extremes(bad="red", over="red", under="red")
    image = np.ma.masked_invalid(image.reshape(28, 28))
    axes.imshow(image, cmap=colours, vmin=0, vmax=1, interpolation="nearest")
    axes.set_title(str(label), pad=2)
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
