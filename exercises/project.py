"""The data of the closing project: with faults hidden in it for the learner, and for the checks."""

import functools
import gzip
import json

import numpy as np

from mnist_course import load_mnist


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


def what_is_wrong(image, label):
    """Say in a few words what is wrong with a sample, the first if there is more.

    Parameters
    ----------
    image : numpy.ndarray
        ``[784]``.
    label : int

    Returns
    -------
    str
        Empty if nothing is.

    Examples
    --------
    >>> import numpy as np
    >>> from exercises.project import what_is_wrong
    >>> what_is_wrong(np.zeros(784), 3)
    '没有墨迹'
    """
    for wrong, words in [
        (np.isnan(image).any(), "有 NaN"),
        ((image < 0).any(), "有的像素小于 0"),
        ((image > 1).any(), "有的像素大于 1"),
        (not image.any(), "没有墨迹"),
        (image.mean() > 0.5, "黑白颠倒"),
        (label not in range(10), "标签不是 0 到 9"),
    ]:
        if wrong:
            return words
    return ""


@functools.cache
def some_digits(count):
    return new_digits(count, seed=count)


def digits(count):
    """Return new digits that may be changed."""
    return [array.copy() for array in some_digits(count)]


@functools.cache
def some_file(n, cuts, uneven):
    """Return images and labels, and the file with them, in which some rows are uneven."""
    rng = np.random.default_rng(n)
    images, labels = rng.random((n, 784)).round(3), rng.permutation(n) % 10
    images[2, 5], images[5, 700], images[6, 0], images[11] = np.nan, -3, 255, 0
    images[13], labels[13], labels[1], labels[3] = images[12], labels[12], 10, -1
    lines = images.tolist()
    for row, length in zip(uneven, (783, 785, 2, 0, 1568), strict=False):
        lines[row] = (lines[row] * 2)[:length]
    edges = [(0, cuts[0]), cuts, (cuts[1], n)]
    sets = [[lines[start:stop], labels[start:stop].tolist()] for start, stop in edges]
    return images, labels, gzip.compress(json.dumps(sets).encode(), 1)


def doubled(n):
    """Return images with doubles, sorted by label, and where each different one stands first."""
    images, labels = digits(n)
    order = labels.argsort(kind="stable")
    images, labels = images[order], labels[order]
    images[4] = images[5][::-1]  # as much ink, the same pixels in another order
    images[9] = images[8]
    images[9, 400] += 0.001  # nearly equal
    images[20], images[30, 300], labels[40] = 0, np.nan, 10
    order = np.concatenate([np.arange(n), range(3, 13), [3, 20, 20, 41, 41]])
    order = np.insert(order, 15, 14)
    images, labels = images[order], labels[order]
    blank = np.flatnonzero(order == 20)
    labels[blank] = [2, 2, 5]  # the same image, but not the same label
    return images, labels, np.unique(order, return_index=True)[1]
