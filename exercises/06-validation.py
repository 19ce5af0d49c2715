"""The checks of chapter 06."""

import re

import numpy as np

from exercises import NOTHING
from exercises.results import Hint, NotDone, must, number, rows, shown


def difference_shape(run):
    """Ask for small and large n, also for 1."""
    for n in (6, 32, 1, 17):
        found = run(n)
        must(
            isinstance(found, (tuple, int, np.integer)),
            f"形状是一个元组，例如 (2, 3)，你返回的是 {shown(found)}。",
        )
        yield f"n={n} 时，应该返回一个元组，你返回的是 {shown(found)}。", isinstance(found, tuple)
        yield f"n={n} 时不对。不妨真的造两个数组，减一减。", found


def blank(run):
    """Hide blank images among faint ones and ones with NaN; in one case there is none."""
    for n, places in [(9, [2, 6]), (13, [0, 5, 8, 12]), (8, [])]:
        rng = np.random.default_rng(n)
        images = (rng.integers(0, 3, (n, 784)) * 0.4).astype(np.float32)
        images[:, [0, 28]] = 0
        images[[1, 4]] = 0
        images[1, 7] = 1 / 256
        images[4, 500] = 1e-6
        images[7] = 0
        images[7, 0] = np.nan
        images[places] = 0
        found = rows(run(images), "结果")
        yield f"{n} 张图片时，你的结果是 {shown(found)}，不对。", sorted(found)


def check_digits(run):
    """Look at what is raised for good labels, for bad ones, and for what is no whole number."""
    for labels in ([7, 7, 3], [4], [0, 9, 5, 5], []):
        _, error = outcome(run, np.array(labels, int))
        if error is not None and not isinstance(error, ValueError):
            raise error
        named = error and bool(set(labels) & set(numbers(error)))
        yield f"标签 {labels} 都是好的，却抛出了 ValueError：{error}。", named
    for labels, place, value in [
        ([5, 1, 12, 7, 3], 2, 12),
        ([8, 9, 5, 5, -1, 3, 77, 1], 4, -1),
        ([2, 7, 7, 3, 3, 10], 5, 10),
        ([1] * 30 + [-3, 2], 30, -3),
        ([-128, 300], 0, -128),
        ([2.5, 3, 1], 0, 2.5),
        ([0.001, 11], 0, 0.001),
        ([8.99], 0, 8.99),
        ([np.inf, 3], 0, "inf"),
        ([-np.inf], 0, "inf"),
        ([np.nan, 3, 12], 0, "nan"),
    ]:
        kind, error = outcome(run, np.array(labels))
        case = f"标签是 {shown(labels)} 时，"
        raised = f"，抛出的是 {kind}：{error}" if error is not None else ""
        yield f"{case}没有抛出 ValueError{raised}。", kind
        said = numbers(error)
        hint = f"{case}错误里没有坏标签的序号：{error}。"
        yield hint, place in said
        yield hint, place in said or place + 1 in said
        told = value in str(error).lower() if isinstance(value, str) else value in said
        yield f"{case}错误里没有坏标签的值：{error}。", told


def numbers(error):
    """Return the numbers that the message of an error has."""
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", str(error))]


def outcome(run, labels):
    """Return what came of labels, in a word, and the error if one was raised."""
    try:
        found = run(labels)
    except NotDone:
        raise
    except Hint as hint:
        if str(hint) != NOTHING:
            raise
        return "nothing", None
    except Exception as error:
        kind = ValueError if isinstance(error, ValueError) else type(error)
        return kind.__name__, error
    return "an error returned" if isinstance(found, Exception) else "a value returned", None


def mislabelled(run):
    """Give one image another's label; others have much ink, or little, and the right label."""
    for n, pixels, wrong, dark in [(32, 30, 18, 5), (45, 48, 7, 22), (29, 36, 28, 0)]:
        rng = np.random.default_rng(n)
        shapes = rng.integers(0, 2, (4, pixels)) * [[0.5], [0.8], [1.1], [1.5]]
        labels = rng.permutation(np.arange(n) % 4)
        images = shapes[labels] + rng.normal(0, 0.05, (n, pixels))
        images[dark] *= 2.5
        images[dark + 3] *= 0.7
        labels[wrong] = (labels[wrong] + 1 + n % 3) % 4
        hint = "不是这一张。一张图片标签错了，它就更像别的标签的平均图片。"
        yield hint, number(run(images, labels))


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {
    "check_digits": {"label % 0": "NumPy makes 0 of whole numbers, and NaN of others"},
    "mislabelled": {"range(5)": "no label is 4: such distances, NaN, are never the least"},
}
