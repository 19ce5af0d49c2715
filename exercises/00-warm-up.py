"""The checks of chapter 00."""

import numpy as np

from exercises.results import NotDone, items, shown


def mean_image(run):
    """Ask for digits that occur often, and once."""
    for n, pixels in [(12, 7), (20, 20), (31, 5)]:
        rng = np.random.default_rng(n)
        images = rng.random((n, pixels)).astype(np.float32)
        labels = rng.integers(0, 4, n)
        labels[[1, 6, n - 2]] = 1
        labels[4] = 8
        for digit in (1, 8, 3):
            found = np.asarray(run(images, labels, digit))
            case = f"{n} 张图片，各有 {pixels} 个像素，digit={digit} 时，"
            yield f"{case}结果的形状是 {found.shape}，不对。", found.shape
            yield f"{case}结果里的数不对。", found


def multiplier(run):
    """Make some functions, and call all of them afterwards, with numbers and arrays."""
    array = np.arange(6.0).reshape(2, 3)
    values = [5, -2, 0.25, 0, array]
    made = []
    for factor in (3, 0.5, -4, 0, 10):
        function = run(factor)
        yield f"应该返回一个函数，你返回的是 {shown(function)}。", callable(function)
        if not callable(function):
            return
        if function(1) is ...:
            raise NotDone
        found = [function(value) for value in values]
        yield f"factor={factor}，收到 {values[:-1]} 时不对。", found[:-1]
        yield f"factor={factor}，收到一个数组时不对。", found[-1]
        yield "里面的函数改动了收到的数组：要算出一个新的。", array
        made.append(function)
    hint = "几个函数造好以后再调用，就不对了：各记各的 factor。"
    yield hint, [function(value) for value in values for function in made]


def refused(run):
    """Use tests that return different things for what is good."""

    def even(value):
        if value % 2:
            raise ValueError(f"{value} 不是偶数")
        return value // 2

    def small(value):
        if abs(value) > 9:
            raise ValueError("太大")

    def long(text):
        if len(text) < 3:
            raise ValueError("太短")
        return text == "什么"

    for test, values in [
        (even, [4, 7, 12, 9, 9, -3, 0, 2, 1]),
        (even, [8, 6]),
        (small, [10, 3, -20, 0, 10, 9]),
        (small, []),
        (long, ["早上好", "好", "", "再见了", "好", "不要"]),
    ]:
        found = items(run(test, values))
        found = ["一个错误" if isinstance(each, Exception) else each for each in found]
        yield f"values 是 {shown(values)} 时，你的结果是 {shown(found)}，不对。", found
